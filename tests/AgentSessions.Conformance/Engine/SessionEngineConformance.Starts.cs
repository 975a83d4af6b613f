using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Conformance.Engine;

/// <content>Creating, finding, changing and listing sessions.</content>
public abstract partial class SessionEngineConformance
{
    [Fact]
    public async Task Start_OfANewSession_PutsItsFirstMessageThroughIn()
    {
        using OutReader reader = Follow(Key());

        StartedSession started = await StartAsync(Key(), firstText: "hi");

        Assert.False(started.IsCached);
        Assert.Equal(started.RunId, started.Row.CurrentRunId);
        await reader.BoundaryAsync(0);
        Assert.Equal("1: hi", reader.Text);
        Assert.Contains("\"hi\"", Assert.Single(await StoredAsync(StreamId.In(Key()))).Body.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Again_FindsTheSessionAndItsRun()
    {
        StartedSession first = await StartAsync(Key());
        StartedSession second = await StartAsync(Key());
        Assert.Equal((first.Row.Id, first.RunId, true), (second.Row.Id, second.RunId, second.IsCached));
    }

    [Fact]
    public async Task Start_ByManyAtOnce_MakesOneSessionAndOneRun()
    {
        StartedSession[] started = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => StartAsync(Key(), firstText: "hi").AsTask())));
        Assert.Single(started, session => !session.IsCached);
        Assert.Single(started.Select(session => (session.Row.Id, session.RunId)).Distinct());
        Assert.Single(await StoredAsync(StreamId.In(Key())));
        Assert.Single(await Engine.ListRunsAsync(Key(), 10, default));
    }

    [Fact]
    public async Task Start_WithAnUnknownAgent_IsRefusedAndStoresNothing()
    {
        await RefusedAsync(SessionErrorCode.UnknownAgent, () => StartAsync(Key(), "nobody").AsTask());
        Assert.Null(await Engine.FindAsync(Key(), default));
    }

    [Fact]
    public async Task Session_IsFoundByBothOfItsIds()
    {
        StartedSession started = await StartAsync(Key());
        Assert.Equal(Key(), await Engine.ResolveAsync(Key().Environment, started.Row.Id, default));
        Assert.Equal(Key(), await Engine.ResolveAsync(Key().Environment, Key().Key, default));
        Assert.Null(await Engine.ResolveAsync("another", started.Row.Id, default));
    }

    [Fact]
    public async Task Update_ChangesLabelsOnly()
    {
        await StartAsync(Key());
        SessionRow row = await Engine.UpdateAsync(Key(), new UpdateSession { Tags = ["a"], SetsMetadata = true, Metadata = """{"b":1}""" }, default);
        Assert.Equal(("a", """{"b":1}"""), (Assert.Single(row.Tags), row.Metadata));
        await RefusedAsync(
            SessionErrorCode.ExternalIdImmutable,
            () => Engine.UpdateAsync(Key(), new UpdateSession { NamesExternalId = true, ExternalId = "other" }, default).AsTask());
        await RefusedAsync(SessionErrorCode.SessionNotFound, () => Engine.UpdateAsync(Key("none"), new UpdateSession(), default).AsTask());
    }

    [Fact]
    public async Task Update_OfOneKey_LeavesTheOthersAsTheyAreStored()
    {
        await StartAsync(Key());
        await UpdateAsync("""{"a":1,"title":"x"}""");

        Assert.Equal("""{"a":1,"title":"y"}""", await UpdateAsync("""{"a":0,"title":"y"}""", "title"));
        Assert.Equal("""{"a":1,"title":"y"}""", await UpdateAsync("""{"title":"z"}""", "title", keepsValue: true));
        Assert.Equal("""{"a":1}""", await UpdateAsync(null, "title"));
        Assert.Equal("""{"a":1,"title":"z"}""", await UpdateAsync("""{"title":"z"}""", "title", keepsValue: true));

        async Task<string?> UpdateAsync(string? metadata, string? key = null, bool keepsValue = false)
        {
            var update = new UpdateSession { SetsMetadata = true, Metadata = metadata, MetadataKey = key, KeepsMetadataValue = keepsValue };
            return (await Engine.UpdateAsync(Key(), update, default)).Metadata;
        }
    }

    [Fact]
    public async Task List_HoldsTheEnvironmentsSessions_NewestFirst()
    {
        await StartAsync(Key("a"));
        await StartAsync(Key("b"));
        SessionPage page = await Engine.ListAsync(new SessionQuery { Environment = Key().Environment, Now = DateTimeOffset.UtcNow, Limit = 10 }, default);
        Assert.Equal(["b", "a"], page.Rows.Select(row => row.ExternalId!));
    }

    [Fact]
    public async Task Environments_ShareNothing()
    {
        SessionKey here = Key(), there = here with { Environment = here.Environment + "-other" };
        using OutReader first = await StartedAsync(here);
        Assert.Null(await Engine.FindAsync(there, default));
        Assert.Empty(await StoredAsync(StreamId.Out(there)));

        async Task<OutReader> StartedAsync(SessionKey key)
        {
            await StartAsync(key);
            return await TalkAsync(key, "hi");
        }

        using OutReader second = await StartedAsync(there);
        Assert.Equal((first.Text, "1: hi"), (second.Text, second.Text));
        RunRow run = Assert.Single(await Engine.ListRunsAsync(here, 10, default));
        Assert.Null(await Engine.FindRunAsync(there.Environment, run.Id, default));
    }
}
