using AgentSessions.Benchmarks.Table;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>More sessions stored; what it costs to create one more, to append to one of the first, and to list the newest.</summary>
internal sealed class StoredSeries : IGrowthSeries
{
    private const int MeasuredSessions = 20;
    private const int MeasuredTurns = 20;
    private const int MeasuredCreates = 500;

    private static readonly TimeSpan s_listTime = TimeSpan.FromSeconds(2);

    private readonly string _prefix = $"stored-{Guid.NewGuid():N}"[..19];
    private int _stored;

    public string Name => "stored";

    public string Title => "Sessions stored";

    public string[] Columns => ["sessions", "create p50", "create p99", "append p50", "append p99", "list p50", "list p99", "memory", "disk"];

    public int[] Sizes => [100, 1_000, 10_000, 100_000, 1_000_000];

    public async Task<string[]?> MeasureAsync(Lab lab, Subject server, int size, TimeSpan left)
    {
        if (!await FillAsync(lab, server, size, left))
        {
            return null;
        }

        LatencySummary create = (await CreateAsync(lab, server, MeasuredCreates, concurrency: 1, TimeSpan.FromMinutes(2))).Result.Request;
        LatencySummary append = (await lab.MeasureAsync(server, "append", (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = MeasuredSessions, ChunksPerTurn = 1, TurnsPerSession = MeasuredTurns, Prefix = _prefix, Duration = TimeSpan.FromMinutes(1) }, hooks, lab.CancellationToken))).Result.Append;
        LatencySummary list = (await lab.MeasureAsync(server, "list", (load, hooks) => load.ListAsync(new ListLoad { Duration = s_listTime }, hooks, lab.CancellationToken))).Result.Request;
        return
        [
            $"{size}", Figures.Time(create.P50), Figures.Time(create.P99), Figures.Time(append.P50), Figures.Time(append.P99), Figures.Time(list.P50), Figures.Time(list.P99),
            Figures.Bytes(await server.ResidentAsync(lab.CancellationToken)), Figures.Bytes(server.DiskBytes),
        ];
    }

    private async Task<bool> FillAsync(Lab lab, Subject server, int size, TimeSpan left)
    {
        try
        {
            if (size > _stored)
            {
                await CreateAsync(lab, server, size - _stored, concurrency: 64, left);
            }

            return true;
        }
        catch (LoadException)
        {
            return false; // Not in the time left; the larger sizes would not be either.
        }
    }

    private async Task<Measurement> CreateAsync(Lab lab, Subject server, int count, int concurrency, TimeSpan limit)
    {
        IdleLoad load = new()
        {
            Sessions = count,
            FirstSession = _stored,
            Prefix = _prefix,
            Concurrency = concurrency,
            IdleTimeout = TimeSpan.FromSeconds(1),
            Duration = TimeSpan.Zero,
            SetupLimit = limit,
        };
        Measurement run = await lab.MeasureAsync(server, "create", (generator, hooks) => generator.IdleAsync(load, hooks, lab.CancellationToken));
        _stored += count;
        return run;
    }
}
