using System.Net.Http.Headers;
using System.Text;
using AgentSessions.FakeModels;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>What the operator wants kept nowhere is in no file, no stream, no export and no trace, whoever said it.</summary>
public sealed class RedactionTests : IDisposable
{
    private const string Secret = "sk-planted-0123456789";
    private readonly string _directory = Directory.CreateTempSubdirectory("redaction-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task PlantedSecret_IsInNoFileNoStreamNoExportAndNoTrace()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using FakeModelServer model = FakeModelServer.Start();
        model.Reply(OpenAIReplies.Stream("kept words and ", "sk-plan", "ted-0123", "456789", " in pieces"));
        await using ServerProcess server = await ServerProcess.StartAsync(
            Path.Combine(_directory, "data"),
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=100",
            "--AgentSessions:Telemetry:MessageText=true",
            "--AgentSessions:Redaction:Patterns:0=sk-[a-z]+-[0-9]+",
            "--AgentSessions:Models:fake:Provider=compatible",
            $"--AgentSessions:Models:fake:Endpoint={model.Url}v1",
            "--AgentSessions:Models:fake:Model=fake-1",
            "--AgentSessions:Models:fake:ApiKey=key");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        await client.StartAsync("asked", "assistant", default);
        await client.StartAsync("tools", "tools", default);
        await PutAsync(http, HttpMethod.Patch, "/api/v1/sessions/tools", $$$"""{"metadata":{"note":"{{{Secret}}}"},"tags":["{{{Secret}}}"]}""");
        await PutAsync(http, HttpMethod.Post, "/realtime/v1/sessions/tools/out/append", $$$"""{"type":"data-note","data":{"id":"{{{Secret}}}"}}""");

        IReadOnlyList<WireRecord> answer = await client.AskAsync("asked", $"mine is {Secret} of course", default);
        IReadOnlyList<WireRecord> tools = await client.AskAsync("tools", $"look up {Secret} for me", default);
        string exported = await http.GetStringAsync("/api/v1/sessions/asked/export") + await http.GetStringAsync("/api/v1/sessions/tools/export");
        string spans = await receiver.WaitAsync("traces", static all =>
            all.Contains("invoke_agent assistant", StringComparison.Ordinal) && all.Contains("invoke_agent tools", StringComparison.Ordinal) && all.Contains("gen_ai.usage", StringComparison.Ordinal));
        Assert.Equal(0, await server.StopAsync(TimeSpan.FromSeconds(60)));
        string files = string.Concat(Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Select(static file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));

        Assert.Equal("kept words and [redacted] in pieces", string.Concat(answer.Select(static record => record.Delta)));
        Assert.Contains(tools, static record => record.Body.Contains("look up [redacted] for me", StringComparison.Ordinal));
        Assert.All([files, exported, spans], static place =>
        {
            Assert.Contains("kept words and [redacted]", place, StringComparison.Ordinal);
            Assert.Contains("mine is [redacted] of course", place, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-plan", place, StringComparison.Ordinal);
            Assert.DoesNotContain("0123456789", place, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(Secret, server.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AgentSessions:Redaction:Patterns:0", "(")]
    [InlineData("AgentSessions:Redaction:Patterns:0", "[a-z]*")]
    [InlineData("AgentSessions:Redaction:HoldBackCharacters", "100000")]
    public async Task WrongSetting_StopsTheStart_AndIsNamed(string key, string value)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(_directory, $"--{key}={value}"));
        Assert.Contains($"cannot start: {key} must", refused.Message, StringComparison.Ordinal);
    }

    private static async Task PutAsync(HttpClient http, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }
}
