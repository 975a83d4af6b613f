using AgentSessions.FakeModels;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>The demonstration agent <c>assistant</c> in the real server, with a model on a real socket and with none.</summary>
public sealed class AssistantTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("assistant-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Assistant_WithAConfiguredModel_StreamsItsAnswer()
    {
        await using FakeModelServer model = FakeModelServer.Start();
        model.Reply(OpenAIReplies.Stream("Hello", " there"));
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory,
            "--AgentSessions:Models:fake:Provider=compatible",
            $"--AgentSessions:Models:fake:Endpoint={model.Url}v1",
            "--AgentSessions:Models:fake:Model=fake-1",
            "--AgentSessions:Models:fake:ApiKey=planted-model-key");

        Assert.Equal("Hello there", await AskAsync(server, "who are you?"));
        FakeRequest request = Assert.Single(model.Requests);
        Assert.Contains("who are you?", request.Body);
        Assert.DoesNotContain("planted-model-key", server.Log);
    }

    [Fact]
    public async Task Assistant_WhenTheModelRefusesTheKey_SaysSoWithoutTheKey()
    {
        await using FakeModelServer model = FakeModelServer.Start();
        model.Reply(OpenAIReplies.Error(401, "invalid_api_key"));
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory, $"--OPENAI_BASE_URL={model.Url}v1", "--OPENAI_API_KEY=planted-model-key", "--ANTHROPIC_API_KEY=", "--OLLAMA_HOST=");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("refused", "assistant", default);

        IReadOnlyList<WireRecord> records = await client.AskAsync("refused", "hi", default);

        Assert.Contains(records, record => record.Body.Contains("the key is missing, refused", StringComparison.Ordinal));
        Assert.DoesNotContain(records, record => record.Body.Contains("planted-model-key", StringComparison.Ordinal));
        Assert.DoesNotContain("planted-model-key", server.Log);
    }

    [Fact]
    public async Task Assistant_WithoutAModel_SaysWhatToSet()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory, "--OPENAI_API_KEY=", "--ANTHROPIC_API_KEY=", "--OLLAMA_HOST=");

        string answer = await AskAsync(server, "hi");

        Assert.Contains("OPENAI_API_KEY", answer);
        Assert.Contains("AgentSessions:Models", answer);
    }

    private static async Task<string> AskAsync(ServerProcess server, string text)
    {
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("chat", "assistant", default);
        return string.Concat((await client.AskAsync("chat", text, default)).Select(static record => record.Delta));
    }
}
