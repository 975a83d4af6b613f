using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Simulation.Tests.World;

namespace AgentSessions.Simulation.Tests.Clients;

/// <summary>A client that starts the session and sends messages, each again and again under one part id until it is acknowledged, and sometimes after that.</summary>
internal sealed class SimWriter(SimWorld world, int number)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Within this time a repeat has to be recognised, however the clocks are set.</summary>
    private static readonly TimeSpan _repeatWindow = TimeSpan.FromMinutes(5);

    public async Task RunAsync()
    {
        await CreateAsync();
        for (int i = world.Random.Next(1, 4); i > 0; i--)
        {
            await Task.Delay(world.Faults.Between(0, 3_000), world.Time);
            await SendAsync($"m{number}-{i}");
        }
    }

    private async Task CreateAsync()
    {
        var start = new StartSession
        {
            Environment = SimWorld.Session.Environment,
            ExternalId = SimWorld.Session.Key,
            Type = "chat.agent",
            Agent = EchoAgent.Name,
            TriggerConfig = """{"basePayload":{"chatId":"chat-1","trigger":"preload"}}""",
        };
        StartedSession started = await UntilAnsweredAsync(() => world.Route().Engine.StartAsync(start, CancellationToken.None));
        world.History.Creations += started.IsCached ? 0 : 1;
    }

    private async Task SendAsync(string message)
    {
        string partId = $"part-{message}";
        byte[] text = Encoding.UTF8.GetBytes(
            $$$$"""{"kind":"message","payload":{"chatId":"chat-1","trigger":"submit-message","message":{"id":"{{{{message}}}}","role":"user","parts":[{"type":"text","text":"hi"}]}}}""");
        TimeSpan first = world.Time.Elapsed;
        do
        {
            AppendedRecord appended = await UntilAnsweredAsync(
                () => world.Route().Engine.AppendAsync(StreamId.In(SimWorld.Session), new AppendText(text, partId), CancellationToken.None));
            world.History.Acknowledged.Add((partId, message, appended.Sequence));
        }
        while (world.Random.Next(4) == 0 && world.Time.Elapsed - first < _repeatWindow);
    }

    private async Task<T> UntilAnsweredAsync<T>(Func<ValueTask<T>> call)
    {
        while (true)
        {
            try
            {
                Task<T> answer = call().AsTask();
                if (await answer.CompletesWithinAsync(_patience, world.Time, CancellationToken.None))
                {
                    return await answer;
                }
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.StoreUnavailable)
            {
                // Perhaps it was made: the repeat will tell.
            }

            await Task.Delay(world.Faults.Between(10, 1_000), world.Time);
        }
    }
}
