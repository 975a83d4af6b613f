using System.Diagnostics;

namespace AgentSessions.Models.Tests;

/// <summary>Waits for a fact that comes by itself but announces itself to nobody.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task TrueAsync(Func<Task<bool>> fact, string what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!await fact())
        {
            Assert.True(waited.Elapsed < Limit, $"After {Limit.TotalSeconds} s it is still not so that {what}.");
            await Task.Delay(Pause);
        }
    }
}
