using AgentSessions.FakeModels;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>Message text in traces: only where it was switched on, and redacted.</summary>
public sealed class MessageTextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("message-text-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_IsInTracesOnlyWhenSwitchedOnAndThenRedacted(bool isOn)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using FakeModelServer model = FakeModelServer.Start();
        model.Reply(OpenAIReplies.Stream("spoken", " words"));
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory,
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=100",
            $"--AgentSessions:Telemetry:MessageText={isOn}",
            "--AgentSessions:Telemetry:RedactPatterns:0=[0-9]{4}",
            "--AgentSessions:Models:fake:Provider=compatible",
            $"--AgentSessions:Models:fake:Endpoint={model.Url}v1",
            "--AgentSessions:Models:fake:Model=fake-1",
            "--AgentSessions:Models:fake:ApiKey=key");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("text", "assistant", default);
        await client.AskAsync("text", "my number is 1234", default);

        string spans = await receiver.WaitAsync("traces", static all => all.Contains("invoke_agent assistant", StringComparison.Ordinal) && all.Contains("gen_ai.usage", StringComparison.Ordinal));

        Assert.Equal(isOn, spans.Contains("my number is [redacted]", StringComparison.Ordinal));
        Assert.Equal(isOn, spans.Contains("spoken words", StringComparison.Ordinal));
        Assert.DoesNotContain("1234", spans);
    }
}
