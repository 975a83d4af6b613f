using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Stagent.Models;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>What there is to choose from and to mention: models, prompts, entities, projects.</summary>
public sealed class CatalogueTests : IDisposable
{
    private static readonly string[] _published = ["haiku", "sonnet", "opus", "gpt-5.4-mini", "gpt-5.3-codex", "gpt-5.4"];

    private readonly string _directory = Directory.CreateTempSubdirectory("project-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Models_ArePublished_ThenDiscovered_ThenAgents_EachOnce()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        int asked = 0;
        handle.Server.Discover = _ =>
        {
            asked++;
            return new([new ChatModel("llama3.2", "Llama", "ollama", "Fast", "Free"), new ChatModel("gpt-5.4", "again", "openai", "Best", "$$$")]);
        };

        string[] ids = await ModelsAsync(handle.Server);
        await ModelsAsync(handle.Server);

        Assert.Equal([.. _published, "llama3.2", "context", "echo", "flood", "gate", "gated-permission", "loop", "permission", "picture", "question", "reader", "steered"], ids);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Models_WhenDiscoveryFails_AreThePublishedOnes()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        handle.Server.Discover = static _ => throw new HttpRequestException("away");

        Assert.Equal(_published, (await ModelsAsync(handle.Server)).Take(6));
    }

    [Fact]
    public async Task Mention_TellsTheAgent_ForThatTurnOnly()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(
            ("AgentSessions:Stagent:Projects:shop:Name", "The shop"), ("AgentSessions:Stagent:Projects:shop:Description", "Sells planted-words"));
        string id = await handle.Server.NewAsync("context");
        object[] mentions = [new { entityType = "project", entityId = "shop", label = "The shop" }, new { entityType = "project", entityId = "gone", label = "?" }, new { entityType = "spaceship", entityId = "1", label = "?" }];

        await handle.Server.ChatAsync(id, new { content = "look at @project:The shop", mentions });
        IReadOnlyList<string> mentioned = handle.Server.Seen;
        await handle.Server.ChatAsync(id, new { content = "and now?" });

        Assert.Contains("planted-words", mentioned[0], StringComparison.Ordinal);
        Assert.Equal(["user:look at @project:The shop"], mentioned.Skip(1));
        Assert.Equal(["user:look at @project:The shop", "assistant:Seen.", "user:and now?"], handle.Server.Seen);
    }

    [Fact]
    public async Task OwnLoop_IsStreamed_AndToldWhatIsMentioned()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:Projects:shop:Name", "The shop"));
        string id = await handle.Server.NewAsync("loop");
        object[] mentions = [new { entityType = "project", entityId = "shop", label = "The shop" }];

        List<JsonElement> events = await handle.Server.ChatAsync(id, new { content = "look", mentions });

        string answer = StagentCalls.TextOf(events);
        Assert.Matches("^system:[^|]*The shop[^|]*[|]user:look$", answer);
        Assert.Equal(answer, (await handle.Server.HistoryAsync(id))[^1].Content);
    }

    [Fact]
    public async Task Project_IsToldInEveryTurn_WithItsLatestScan()
    {
        Directory.CreateDirectory(Path.Combine(_directory, ".git"));
        await File.WriteAllTextAsync(Path.Combine(_directory, ".git", "HEAD"), "ref: refs/heads/trunk\n");
        await File.WriteAllTextAsync(Path.Combine(_directory, "Program.cs"), "");
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(
            ("AgentSessions:Stagent:Projects:app:Name", "My app"), ("AgentSessions:Stagent:Projects:app:Directory", _directory));
        string id = await handle.Server.NewAsync("context", projectId: "app");

        await handle.Server.ChatAsync(id, new { content = "one" });
        await handle.Server.ChatAsync(id, new { content = "two" });

        Assert.All(["My app", _directory, "git, branch trunk", "C#", "Program.cs"], part => Assert.Contains(part, handle.Server.Seen[0], StringComparison.Ordinal));
        Assert.Equal("user:two", handle.Server.Seen[^1]);
    }

    [Fact]
    public async Task Search_FindsWhatTheUserMaySee_EachTypeItsShare()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:Projects:p_1:Name", "echo chamber"));
        await handle.Server.SendAsync("POST", "/api/documents?name=Echo%20notes.txt", "hello"u8.ToArray(), StagentServer.Alice);

        Assert.Equal(["project:echo chamber", "document:Echo notes.txt", "profile:echo"], await SearchAsync(handle.Server, "ECHO", StagentServer.Alice));
        Assert.Equal(["project:echo chamber", "profile:echo"], await SearchAsync(handle.Server, "ECHO", StagentServer.Bob));
        Assert.Equal(2, (await SearchAsync(handle.Server, "", StagentServer.Alice)).Count(static found => found.StartsWith("profile:", StringComparison.Ordinal)));
        Assert.Empty(await SearchAsync(handle.Server, "e%25o", StagentServer.Alice));
    }

    [Fact]
    public async Task Prompts_AreFiveCategories_NoneEmpty()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();

        JsonElement[] categories = [.. (await handle.Server.SendAsync("GET", "/api/chat/suggested-prompts", token: null)).Json.EnumerateArray()];

        Assert.Equal(["explore", "create", "debug", "automate", "smart"], categories.Select(static category => category.GetProperty("id").GetString()));
        Assert.All(categories, static category => Assert.InRange(category.GetProperty("prompts").GetArrayLength(), 1, 5));
    }

    [Fact]
    public async Task Agent_WhoseConversationsAreKeptElsewhere_IsRefused()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        string id = await handle.Server.NewAsync("echo");
        await handle.Server.SendAsync("PATCH", $"{StagentCalls.Conversations}/{id}", new { modelId = OwnTranscripts.Agent }, token: null);

        Answer created = await handle.Server.SendAsync("POST", StagentCalls.Conversations, new { runtimeId = "claude-code", modelId = OwnTranscripts.Agent }, token: null);
        Answer sent = await handle.Server.SendAsync("POST", $"{StagentCalls.Conversations}/{id}/messages", new { content = "x" }, token: null);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (created.Status, sent.Status));
        Assert.Contains(OwnTranscripts.Agent, created.Field("error"), StringComparison.Ordinal);
        Assert.Empty(await handle.Server.HistoryAsync(id));
    }

    private static async Task<string[]> ModelsAsync(StagentServer server) =>
        [.. (await server.SendAsync("GET", "/api/chat/models", token: null)).Json.EnumerateArray().Select(static model => model.GetProperty("id").GetString()!)];

    private static async Task<string[]> SearchAsync(StagentServer server, string text, string token) =>
        [.. (await server.SendAsync("GET", $"/api/chat/entities/search?q={text}", token: token)).Json.GetProperty("results").EnumerateArray()
            .Select(static found => $"{found.GetProperty("entityType").GetString()}:{found.GetProperty("label").GetString()}")];
}
