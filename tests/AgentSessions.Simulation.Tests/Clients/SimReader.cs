using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using AgentSessions.Simulation.Tests.World;

namespace AgentSessions.Simulation.Tests.Clients;

/// <summary>A client that follows <c>out</c> by its cursor, over as many connections as it takes, and holds what it sees against what is stored.</summary>
internal sealed class SimReader(SimWorld world)
{
    private Cursor _next = Cursor.Start;

    /// <summary>Whether it has seen all there is.</summary>
    public bool IsDone => _next.Value == world.History.Out.Count;

    public async Task RunAsync()
    {
        while (true)
        {
            SimNode node = world.Route();
            using var leave = new CancellationTokenSource();
            using StreamTail tail = node.Hub.Open(StreamId.Out(SimWorld.Session), _next, leave.Token);
            await FollowAsync(tail);
            await Task.Delay(world.Faults.Between(1, 500), world.Time);
        }
    }

    private async Task FollowAsync(StreamTail tail)
    {
        for (int reads = world.Random.Next(1, 12); reads > 0; reads--)
        {
            try
            {
                Task<RecordBatch?> read = tail.ReadAsync(TimeSpan.FromSeconds(2)).AsTask();
                if (!await read.CompletesWithinAsync(TimeSpan.FromSeconds(15), world.Time, CancellationToken.None))
                {
                    return;
                }

                if (await read is { } batch)
                {
                    See(batch);
                }
            }
            catch (StoreUnavailableException)
            {
                return;
            }
        }
    }

    /// <summary>R5, R6: each record once, in order, as it was stored; only what was trimmed meanwhile may be missing.</summary>
    private void See(RecordBatch batch)
    {
        foreach (StreamRecord record in batch.Decode())
        {
            if (record.Sequence < _next.Value)
            {
                world.History.Violations.Add($"A reader saw record {record.Sequence} of out again.");
            }

            if (record.Sequence > _next.Value && record.Sequence > world.History.Trimmed)
            {
                world.History.Violations.Add($"A reader saw record {record.Sequence} of out when {_next} was next.");
            }

            if (record.Sequence >= world.History.Out.Count || world.History.Out[(int)record.Sequence].Body != record.Body)
            {
                world.History.Violations.Add($"A reader saw record {record.Sequence} of out as it never was stored.");
            }

            _next = new Cursor(record.Sequence + 1);
        }
    }
}
