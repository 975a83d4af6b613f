using System.Net.Http.Headers;
using System.Text;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>Traces as they leave the server over OTLP.</summary>
public sealed class TraceTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private readonly string _directory = Directory.CreateTempSubdirectory("traces-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Turn_IsInTheTraceOfItsAppendAndHoldsNoText()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory, $"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BSP_SCHEDULE_DELAY=100");
        using var client = new WireClient(server.BaseUrl, server.SecretKey);
        await client.StartAsync("traced", "echo", default);
        await client.AskAsync("traced", "an earlier message", default);

        await AppendAsync(server, $"00-{TraceId}-b7ad6b7169203331-01");

        string id = Encoding.Latin1.GetString(Convert.FromHexString(TraceId));
        string spans = await receiver.WaitAsync("traces", all => Has(all, id, "invoke_agent echo") && Has(all, id, "POST /realtime/v1/sessions/{session}/in/append"));
        Assert.DoesNotContain("planted words", spans);
        Assert.Contains("gen_ai.conversation.id", spans);
    }

    /// <summary>Whether a span of this name, whose fields begin with the trace's id, is among the exported ones.</summary>
    private static bool Has(string all, string traceId, string name)
    {
        const int idsBeforeName = 96;
        for (int at = all.IndexOf(name, StringComparison.Ordinal); at >= 0; at = all.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            if (all.AsSpan(Math.Max(0, at - idsBeforeName), Math.Min(at, idsBeforeName)).Contains(traceId, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static async Task AppendAsync(ServerProcess server, string traceParent)
    {
        using var http = new HttpClient { BaseAddress = server.BaseUrl };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/realtime/v1/sessions/traced/in/append")
        {
            Content = new StringContent(
                """{"kind":"message","payload":{"chatId":"traced","trigger":"submit-message","message":{"id":"m","role":"user","parts":[{"type":"text","text":"planted words"}]}}}""",
                Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.SecretKey);
        request.Headers.Add("traceparent", traceParent);
        using HttpResponseMessage response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }
}
