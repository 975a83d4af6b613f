using System.Diagnostics;

namespace AgentSessions.Postgres.Tests;

/// <summary>Waits for a fact.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);

    public static async Task TrueAsync(Func<Task<bool>> fact, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!await fact())
        {
            Assert.True(clock.Elapsed < _limit, otherwise);
            await Task.Delay(_pause);
        }
    }
}
