using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Postgres.Tests.Sessions;

/// <summary>Lists by SQL against the same rules in memory, over random rows and queries.</summary>
public sealed class ListTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task List_OfRandomRows_IsThatOfTheRules(int seed)
    {
        var random = new Random(seed);
        string environment = "env-" + Guid.NewGuid().ToString("n");
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(await StoreOpener.SharedOptionsAsync());
        SessionRow[] rows = [.. Enumerable.Range(0, 150).Select(i => Row(random, new SessionKey(environment, $"k{i}")))];
        await Task.WhenAll(rows.Select(row => store.CommitAsync(Sample.Creation(row), default).AsTask()));
        for (int i = 0; i < 300; i++)
        {
            SessionQuery query = Query(random, environment, rows);
            SessionPage expected = query.PageOf(rows);
            SessionPage actual = await store.ListAsync(query, default);
            Assert.Equal(expected.Rows.Select(row => row.Id), actual.Rows.Select(row => row.Id));
            Assert.Equal((expected.HasOlder, expected.HasNewer), (actual.HasOlder, actual.HasNewer));
        }
    }

    private static SessionRow Row(Random random, SessionKey key) => Sample.Row(key) with
    {
        Type = Pick(random, "a", "b", "c"),
        Agent = Pick(random, "x", "y"),
        Tags = [.. new[] { "red", "green", "blue" }.Where(_ => random.Next(3) == 0)],
        Metadata = random.Next(3) switch { 0 => null, 1 => """{"userId":"u1"}""", _ => """{"userId":"u2"}""" },
        CreatedAt = Sample.Time.AddMinutes(random.Next(60)),
        ClosedAt = random.Next(3) == 0 ? Sample.Time : null,
        ExpiresAt = random.Next(2) == 0 ? Sample.Time.AddMinutes(random.Next(-5, 5)) : null,
    };

    private static SessionQuery Query(Random random, string environment, SessionRow[] rows) => new()
    {
        Environment = environment,
        Now = Sample.Time,
        Types = Some(random, "a", "b", "z"),
        Agents = Some(random, "x", "y"),
        Tags = Some(random, "red", "green", "none"),
        ExternalIds = random.Next(6) == 0 ? [.. rows.Where(_ => random.Next(3) == 0).Select(row => row.ExternalId!)] : [],
        Statuses = Some(random, SessionStatus.Active, SessionStatus.Closed, SessionStatus.Expired),
        CreatedFrom = random.Next(4) == 0 ? Sample.Time.AddMinutes(random.Next(60)) : null,
        CreatedTo = random.Next(4) == 0 ? Sample.Time.AddMinutes(random.Next(60)) : null,
        UserId = random.Next(4) == 0 ? "u1" : null,
        After = random.Next(3) == 0 ? Place(random, rows) : null,
        Before = random.Next(4) == 0 ? Place(random, rows) : null,
        Limit = random.Next(1, 20),
    };

    private static SessionPlace Place(Random random, SessionRow[] rows)
    {
        var place = SessionPlace.Of(rows[random.Next(rows.Length)]);
        return random.Next(2) == 0 ? place : place with { CreatedAt = null };
    }

    private static T[] Some<T>(Random random, params T[] values) => random.Next(3) > 0 ? [] : [.. values.Where(_ => random.Next(2) == 0)];

    private static string Pick(Random random, params string[] values) => values[random.Next(values.Length)];
}
