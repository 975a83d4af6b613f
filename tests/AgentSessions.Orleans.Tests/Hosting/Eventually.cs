namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>Waits for facts that nothing announces.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks again and again until a value is as wanted, and gives it.</summary>
    public static async Task<T> HoldsAsync<T>(Func<Task<T>> look, Func<T, bool> isWanted)
    {
        using var limit = new CancellationTokenSource(Chat.Limit);
        while (true)
        {
            T value = await look();
            if (isWanted(value))
            {
                return value;
            }

            await Task.Delay(_pause, limit.Token);
        }
    }
}
