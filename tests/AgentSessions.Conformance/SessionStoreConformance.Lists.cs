using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task List_ByEachCondition_GivesTheRowsThatMatch()
    {
        await CreateAsync("plain");
        await CreateAsync("typed", row => row with { Type = "other" });
        await CreateAsync("tagged", row => row with { Tags = ["red", "blue"] });
        await CreateAsync("agent", row => row with { Agent = "slow" });
        await CreateAsync("user", row => row with { Metadata = """{"userId":"u1"}""" });
        await CreateAsync("number", row => row with { Metadata = """{"userId":1}""" });
        await CreateAsync("closed", row => row with { ClosedAt = Sample.Time, ExpiresAt = Sample.Time });
        await CreateAsync("expired", row => row with { ExpiresAt = Sample.Time });
        await CreateAsync("expiring", row => row with { ExpiresAt = Sample.Time.AddSeconds(1) });
        await CreateAsync("late", row => row with { CreatedAt = Sample.Time.AddHours(1) });
        SessionQuery all = new() { Environment = _environment, Now = Sample.Time, Limit = 100 };

        await AssertListAsync(all with { Types = ["other"] }, "typed");
        await AssertListAsync(all with { Tags = ["red", "green"] }, "tagged");
        await AssertListAsync(all with { Tags = ["re"] });
        await AssertListAsync(all with { Agents = ["slow"] }, "agent");
        await AssertListAsync(all with { ExternalIds = ["plain", "user", "none"] }, "plain", "user");
        await AssertListAsync(all with { UserId = "u1" }, "user");
        await AssertListAsync(all with { UserId = "1" });
        await AssertListAsync(all with { Statuses = [SessionStatus.Closed] }, "closed");
        await AssertListAsync(all with { Statuses = [SessionStatus.Expired] }, "expired");
        await AssertListAsync(all with { Statuses = [SessionStatus.Expired], Now = Sample.Time.AddSeconds(1) }, "expired", "expiring");
        await AssertListAsync(
            all with { Statuses = [SessionStatus.Active], Types = ["chat.agent"] },
            "plain", "tagged", "agent", "user", "number", "expiring", "late");
        await AssertListAsync(all with { Statuses = [SessionStatus.Closed, SessionStatus.Expired] }, "closed", "expired");
        await AssertListAsync(all with { CreatedFrom = Sample.Time.AddSeconds(1) }, "late");
        await AssertListAsync(all with { CreatedFrom = Sample.Time.AddHours(1), CreatedTo = Sample.Time.AddHours(1) }, "late");
        await AssertListAsync(all with { CreatedTo = Sample.Time, Agents = ["slow"] }, "agent");
        await AssertListAsync(all with { CreatedTo = Sample.Time.AddTicks(-10_000) });
        await AssertListAsync(all with { Environment = "elsewhere-" + _environment });
    }

    /// <summary>JSON can write half of a surrogate pair, and text cannot hold it.</summary>
    [Theory]
    [InlineData("""{"userId":"\ud800"}""")]
    [InlineData("""{"\ud800name":"u1"}""")]
    public async Task Metadata_WithHalfACharacter_IsKeptAndNamesNobody(string metadata)
    {
        SessionKey session = await CreateAsync(with: row => row with { Metadata = metadata });
        await CreateAsync("other", row => row with { Metadata = """{"userId":"u1"}""" });
        SessionQuery all = new() { Environment = _environment, Now = Sample.Time };
        await AssertListAsync(all, "chat", "other");
        await AssertListAsync(all with { UserId = "u1" }, "other");
        await RestartAsync();
        Assert.Equal(metadata, (await LoadAsync(session)).Row.Metadata);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(600)]
    public async Task Texts_WithAZeroCharacter_AreKeptAndToldApart(int length)
    {
        string start = new string('u', length) + '\0';
        foreach (string name in (string[])["a", "b"])
        {
            await CreateAsync(name, row => row with { Metadata = $$"""{"userId":"{{new string('u', length)}}\u0000{{name}}"}""" });
        }

        SessionKey session = Key("a");
        await CommitAsync(new() { Session = session, Transcript = new() { Puts = [Sample.Message(start + "1"), Sample.Message(start + "2")] } });
        await RestartAsync();
        await AssertListAsync(new() { Environment = _environment, Now = Sample.Time, UserId = start + "b" }, "b");
        Assert.Equal($"{start}1 {start}2", (await Store.ReadTranscriptAsync(session, null, null, default)).Ids());
        Assert.Equal($"{start}1", (await Store.ReadTranscriptAsync(session, 10, start + "2", default)).Ids());
    }

    [Fact]
    public async Task List_WhenARowChanges_SeesTheChange()
    {
        SessionKey session = await CreateAsync();
        SessionQuery closed = new() { Environment = _environment, Now = Sample.Time, Statuses = [SessionStatus.Closed] };
        await AssertListAsync(closed);
        SessionRow row = Sample.Row(session) with { ClosedAt = Sample.Time, ClosedReason = "done" };
        await CommitAsync(new() { Session = session, ExpectedVersion = 1, Row = row });
        await AssertListAsync(closed, "chat");
        Same(row, (await Store.ListAsync(closed, default)).Rows[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task List_InPages_GoesBothWaysWithoutGapOrRepeat(bool ties)
    {
        for (int i = 0; i < 7; i++)
        {
            await CreateAsync($"s{i}", row => row with { CreatedAt = Sample.Time.AddMinutes(ties ? i / 3 : i) });
        }

        string[] ids = [.. Enumerable.Range(0, 7).Reverse().Select(i => Sample.Row(Key($"s{i}")).Id)];
        SessionQuery query = new() { Environment = _environment, Now = Sample.Time, Limit = 3 };

        SessionPage first = await AssertPageAsync(query, ids[..3], older: true, newer: false);
        SessionPage second = await AssertPageAsync(query with { After = first.Next }, ids[3..6], older: true, newer: true);
        SessionPage last = await AssertPageAsync(query with { After = second.Next }, ids[6..], older: false, newer: true);
        await AssertPageAsync(query with { After = SessionPlace.Of(last.Rows[^1]) }, [], older: false, newer: true);
        await AssertPageAsync(query with { Before = last.Previous }, ids[3..6], older: true, newer: true);
        await AssertPageAsync(query with { Before = new(ids[3], null) }, ids[..3], older: true, newer: false);
        await AssertPageAsync(query with { Before = new(ids[1], null) }, ids[..1], older: true, newer: false);
        await AssertPageAsync(query with { Before = new(ids[0], null) }, [], older: true, newer: false);
        await AssertPageAsync(query with { After = new("session_unknown", null) }, [], older: false, newer: false);
        await AssertPageAsync(query with { Before = new("session_unknown", null) }, [], older: false, newer: false);
    }

    [Fact]
    public async Task List_AfterARowThatDoesNotMatch_StartsAtItsPlace()
    {
        await CreateAsync("old", row => row with { CreatedAt = Sample.Time.AddMinutes(-1) });
        SessionKey other = await CreateAsync("other", row => row with { Agent = "slow" });
        await CreateAsync("new", row => row with { CreatedAt = Sample.Time.AddMinutes(1) });
        SessionQuery query = new() { Environment = _environment, Now = Sample.Time, Agents = ["echo"] };
        await AssertListAsync(query with { After = new(Sample.Row(other).Id, null) }, "old");
        await AssertListAsync(query with { Before = new(Sample.Row(other).Id, null) }, "new");
    }

    [Fact]
    public async Task List_AfterARowThatWasDeleted_GoesOnAtItsPlace()
    {
        for (int i = 0; i < 6; i++)
        {
            await CreateAsync($"s{i}", row => row with { CreatedAt = Sample.Time.AddMinutes(i / 3) });
        }

        string Id(string name) => Sample.Row(Key(name)).Id;
        SessionQuery query = new() { Environment = _environment, Now = Sample.Time, Limit = 2 };
        SessionPage first = await Store.ListAsync(query, default);
        SessionPage second = await Store.ListAsync(query with { After = first.Next }, default);
        foreach (SessionRow row in (SessionRow[])[first.Rows[^1], second.Rows[0]])
        {
            await Store.DeleteAsync(row.Key, default);
        }

        await AssertPageAsync(query with { After = first.Next }, [Id("s2"), Id("s1")], older: true, newer: true);
        await AssertPageAsync(query with { Before = second.Previous }, [Id("s5")], older: true, newer: false);
    }

    [Fact]
    public async Task FindKey_ByFriendlyId_GivesTheCanonicalKey()
    {
        SessionKey external = await CreateAsync();
        SessionKey friendly = await CreateAsync("session_" + Guid.NewGuid().ToString("n"));
        Assert.Equal(external, await Store.FindKeyAsync(_environment, Sample.Row(external).Id, default));
        Assert.Equal(friendly, await Store.FindKeyAsync(_environment, friendly.Key, default));
        await RestartAsync();
        Assert.Equal(external, await Store.FindKeyAsync(_environment, Sample.Row(external).Id, default));
    }

    [Fact]
    public async Task ListLive_GivesSessionsWithALiveRunByKey()
    {
        foreach (string name in (string[])["d", "a", "c", "b", "e"])
        {
            await CreateAsync(name, row => row with { HasLiveRun = name != "c", CurrentRunId = "run_" + name });
        }

        SessionKey session = Key("d");
        await CommitAsync(new() { Session = session, ExpectedVersion = 1, Row = Sample.Row(session) with { HasLiveRun = false } });
        Assert.Equal(["a", "b", "e"], await LiveAsync("", 100));
        Assert.Equal(["a", "b"], await LiveAsync("", 2));
        Assert.Equal(["e"], await LiveAsync("b", 100));
        await RestartAsync();
        Assert.Equal(["a", "b", "e"], await LiveAsync("", 100));
        Assert.Contains(Key("a"), await Store.ListLiveAsync(null, int.MaxValue, default));
    }

    [Fact]
    public async Task ListExpired_GivesOpenSessionsByExpiry()
    {
        await CreateAsync("never");
        await CreateAsync("second", row => row with { ExpiresAt = Sample.Time });
        await CreateAsync("first", row => row with { ExpiresAt = Sample.Time.AddMinutes(-1) });
        await CreateAsync("later", row => row with { ExpiresAt = Sample.Time.AddMinutes(1) });
        await CreateAsync("closed", row => row with { ExpiresAt = Sample.Time.AddMinutes(-2), ClosedAt = Sample.Time });
        await CreateAsync("also second", row => row with { ExpiresAt = Sample.Time });
        Assert.Equal(["first", "also second", "second"], await ExpiredAsync());
        await RestartAsync();
        Assert.Equal(["first", "also second", "second"], await ExpiredAsync());
        ExpiredSession tied = (await Store.ListExpiredAsync(Sample.Time, null, 10_000, default)).Single(expired => expired.Session == Key("also second"));
        Assert.Equal(Sample.Time, tied.ExpiresAt);
        Assert.Equal(["second"], await ExpiredAsync(tied));
        Assert.Equal([new ExpiredSession(Key("second"), Sample.Time)], await Store.ListExpiredAsync(Sample.Time, tied, 1, default));
    }

    private async Task AssertListAsync(SessionQuery query, params string[] names)
    {
        SessionPage page = await Store.ListAsync(query, default);
        Assert.Equal(names.Order(), page.Rows.Select(row => row.Key.Key).Order());
    }

    private async Task<SessionPage> AssertPageAsync(SessionQuery query, string[] ids, bool older, bool newer)
    {
        SessionPage page = await Store.ListAsync(query, default);
        Assert.Equal(ids, page.Rows.Select(row => row.Id));
        Assert.Equal((older, newer), (page.HasOlder, page.HasNewer));
        return page;
    }

    private async Task<IEnumerable<string>> LiveAsync(string after, int limit) =>
        (await Store.ListLiveAsync(Key(after), limit, default))
            .Where(key => key.Environment == _environment).Select(key => key.Key);

    private async Task<IEnumerable<string>> ExpiredAsync(ExpiredSession? after = null) =>
        (await Store.ListExpiredAsync(Sample.Time, after, 10_000, default))
            .Select(expired => expired.Session).Where(key => key.Environment == _environment).Select(key => key.Key);
}
