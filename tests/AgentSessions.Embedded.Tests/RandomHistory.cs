using System.Text;
using AgentSessions.Conformance;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Tests;

/// <summary>A seeded history of commits, deletions, states and reads, made on two stores that must answer the same.</summary>
internal sealed class RandomHistory(int seed, InMemorySessionStore expected)
{
    private const string Environment = "env";
    private static readonly string[] _names = ["a", "b", "session_c", "d"];
    private static readonly string[] _channels = ["", "", "", "x", "y"];

    private readonly Random _random = new(seed);
    private int _made;

    public int Next(int limit) => _random.Next(limit);

    public async Task StepAsync(EmbeddedSessionStore actual)
    {
        SessionKey session = Pick();
        switch (Next(20))
        {
            case 0:
                Assert.Equal(await expected.DeleteAsync(session, default), await actual.DeleteAsync(session, default));
                break;
            case 1 or 2:
                var put = State(Next(3) == 0 ? session : null);
                long? version = Next(3) == 0 ? null : Next(3);
                Assert.Equal(await expected.PutAsync(put, version, default), await actual.PutAsync(put, version, default));
                break;
            case 3:
                await CompareListsAsync(actual);
                break;
            default:
                SessionCommit commit = await CommitAsync(session);
                Assert.Equal(await expected.CommitAsync(commit, default), await actual.CommitAsync(commit, default));
                break;
        }

        await CompareAsync(session, actual);
    }

    public async Task CompareAllAsync(EmbeddedSessionStore actual)
    {
        foreach (string name in _names)
        {
            await CompareAsync(new SessionKey(Environment, name), actual);
        }

        await CompareListsAsync(actual);
    }

    private SessionKey Pick() => new(Environment, _names[Next(_names.Length)]);

    private async Task<SessionCommit> CommitAsync(SessionKey session)
    {
        SessionHead? head = await expected.LoadAsync(session, default);
        var appends = new Dictionary<StreamId, StreamAppend>();
        for (int i = Next(3); i > 0; i--)
        {
            var stream = new StreamId(session, _channels[Next(_channels.Length)], (StreamDirection)Next(2));
            long tail = (await expected.GetBoundsAsync(stream, default)).Tail.Value + (Next(20) == 0 ? 1 : 0);
            appends[stream] = new StreamAppend(stream, Sample.Batch(tail, 1 + Next(6), new string('x', Next(40) * Next(80))));
        }

        bool puts = head is null || Next(4) == 0;
        return new SessionCommit
        {
            Session = session,
            ExpectedVersion = puts || Next(3) == 0 ? (head?.Version ?? 0) + (Next(15) == 0 ? 1 : 0) : null,
            ExpectedRunVersion = head is not null && Next(3) == 0 ? head.Row.RunVersion + (Next(10) == 0 ? 1 : 0) : null,
            Row = puts ? Row(session, head) : null,
            Appends = [.. appends.Values],
            TrimOutBefore = Next(4) == 0 ? new Cursor(Math.Max(0, (head?.Out.Tail.Value ?? 0) - Next(6))) : null,
            Progress = Next(3) == 0 ? new SessionProgress { ResumeFloor = Next(9) - 1, LastBoundary = Next(99), Deaths = Next(3) } : null,
            Transcript = Next(3) == 0 ? Delta() : null,
            Runs = [.. Enumerable.Range(0, Next(5) / 3).Select(_ => Run(session))],
            States = Next(6) == 0 ? [State(Next(2) == 0 ? session : null)] : [],
        };
    }

    private SessionRow Row(SessionKey session, SessionHead? head) => (head?.Row ?? Sample.Row(session) with
    {
        CreatedAt = Sample.Time.AddMinutes(Next(3)),
        Id = session.IsFriendly ? session.Key : $"session_{session.Key}_{++_made}",
    }) with
    {
        Agent = $"agent{Next(3)}",
        Tags = [.. Enumerable.Range(0, Next(3)).Select(i => $"tag{i}")],
        Metadata = Next(2) == 0 ? null : $$"""{"userId":"u{{Next(3)}}"}""",
        ClosedAt = Next(5) == 0 ? Sample.Time : null,
        ExpiresAt = Next(3) == 0 ? Sample.Time.AddHours(Next(3) - 1) : null,
        HasLiveRun = Next(2) == 0,
        RunVersion = (head?.Row.RunVersion ?? 0) + Next(2),
    };

    private TranscriptDelta Delta() => new()
    {
        TruncateAfter = Next(4) == 0 ? Next(3) == 0 ? "" : $"m{Next(8)}" : null,
        Removes = [.. Enumerable.Range(0, Next(3) / 2).Select(_ => $"m{Next(8)}")],
        Puts = [.. Enumerable.Range(0, Next(4)).Select(_ => Sample.Message($"m{Next(8)}", $"t{Next(100)}", Next(2) == 0)).DistinctBy(m => m.Id)],
        State = Next(3) == 0 ? $$"""{"n":{{Next(10)}}}""" : null,
        LastOutSequence = Next(2) == 0 ? Next(100) : null,
        LastInSequence = Next(2) == 0 ? Next(100) : null,
        SavedAt = Next(1000),
    };

    private RunRow Run(SessionKey session)
    {
        int number = Next(6);
        return Sample.Run(session, $"run_{session.Key}_{number}", number) with { Status = (RunStatus)Next(10), Error = $"e{Next(9)}" };
    }

    private StatePut State(SessionKey? owner) => new(
        new StateKey(Environment, "space", $"s{Next(4)}"), Next(4) == 0 ? null : Encoding.UTF8.GetBytes($"v{Next(100)}"), owner);

    private async Task CompareAsync(SessionKey session, EmbeddedSessionStore actual)
    {
        Assert.Equal(await DescribeAsync(session, expected), await DescribeAsync(session, actual));
    }

    public static async Task<string> DescribeAsync(SessionKey session, ISessionStore store)
    {
        var text = new StringBuilder();
        SessionHead? head = await store.LoadAsync(session, default);
        text.AppendLine($"{(head is null ? null : head.Row with { Tags = [] })} {string.Join(',', head?.Row.Tags ?? [])} {head?.Version} {head?.In} {head?.Out} {head?.Progress}");
        text.AppendLine($"found {(head is null ? null : await store.FindKeyAsync(Environment, head.Row.Id, default))}");
        foreach (string channel in _channels.Distinct())
        {
            foreach (StreamDirection direction in Enum.GetValues<StreamDirection>())
            {
                var stream = new StreamId(session, channel, direction);
                StreamBounds bounds = await store.GetBoundsAsync(stream, default);
                RecordBatch? all = await store.ReadAsync(stream, Cursor.Start, int.MaxValue, default);
                RecordBatch? some = await store.ReadAsync(stream, new Cursor((bounds.Oldest.Value + bounds.Tail.Value + 1) / 2), int.MaxValue, default);
                text.AppendLine($"{stream} {bounds} {Text(all)} {Text(some)}");
            }
        }

        StoredTranscript whole = await store.ReadTranscriptAsync(session, null, null, default);
        StoredTranscript page = await store.ReadTranscriptAsync(session, 2, null, default);
        StoredTranscript older = await store.ReadTranscriptAsync(session, 2, "m3", default);
        text.AppendLine($"{whole.Text()} {whole.State} {whole.LastOutSequence} {whole.LastInSequence} {whole.SavedAt}");
        text.AppendLine($"{page.Ids()} {page.NextBefore} {older.Ids()} {older.NextBefore}");
        text.AppendLine(string.Join(' ', (await store.ListRunsAsync(session, 3, default)).Select(run => $"{run.Id}:{run.Status}:{run.Error}")));
        text.AppendLine($"{(await store.FindRunAsync(Environment, $"run_{session.Key}_2", default))?.Error}");
        text.AppendLine(string.Join(',', await store.ListChannelsAsync(session, default)));
        for (int i = 0; i < 4; i++)
        {
            StateEntry? state = await ((IStateStore)store).GetAsync(new StateKey(Environment, "space", $"s{i}"), default);
            text.AppendLine($"{state?.Version} {state?.Owner} {(state is null ? "" : Encoding.UTF8.GetString(state.Value.Span))}");
        }

        return text.ToString();
    }

    private async Task CompareListsAsync(EmbeddedSessionStore actual)
    {
        var query = new SessionQuery
        {
            Environment = Next(2) == 0 ? Environment : null,
            Now = Sample.Time,
            Agents = Next(3) == 0 ? ["agent1", "agent2"] : [],
            Tags = Next(3) == 0 ? ["tag1"] : [],
            Statuses = Next(3) == 0 ? [(SessionStatus)Next(3)] : [],
            UserId = Next(4) == 0 ? "u1" : null,
            Limit = 1 + Next(3),
        };
        for (int i = 0; i < 3; i++)
        {
            SessionPage wanted = await expected.ListAsync(query, default);
            SessionPage got = await actual.ListAsync(query, default);
            Assert.Equal(Describe(wanted), Describe(got));
            SessionPlace? last = wanted.Rows.Count > 0 ? SessionPlace.Of(wanted.Rows[^1]) : null;
            query = query with { After = i == 0 ? last : null, Before = i == 1 ? last : null };
        }

        Assert.Equal(await expected.ListLiveAsync(null, 10, default), await actual.ListLiveAsync(null, 10, default));
        Assert.Equal(await expected.ListExpiredAsync(Sample.Time, null, 10, default), await actual.ListExpiredAsync(Sample.Time, null, 10, default));
        Assert.Equal(
            (await expected.ListAsync(Environment, "space", "s", "s0", 10, default)).Select(state => (state.Key, state.Version, state.Owner)),
            (await actual.ListAsync(Environment, "space", "s", "s0", 10, default)).Select(state => (state.Key, state.Version, state.Owner)));
    }


    private static string Describe(SessionPage page) => $"{string.Join(' ', page.Rows.Select(row => row.Id))} {page.HasOlder} {page.HasNewer}";

    private static string Text(RecordBatch? batch) => batch is null ? "-" : $"{batch.First}+{batch.Count}@{batch.Timestamp} {Encoding.UTF8.GetString(batch.Records.Span)}";
}
