using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;

namespace AgentSessions.TestServer;

/// <summary>A client that speaks the wire and nothing else, so that tests see what is really sent.</summary>
public sealed class WireClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri[] _nodes;
    private uint _next;

    /// <summary>A client with a credential.</summary>
    public WireClient(Uri baseUrl, string credential)
        : this([baseUrl], credential)
    {
    }

    /// <summary>A client of several nodes: each request goes to the next one.</summary>
    /// <param name="nodes">Where they are.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="patience">How long an answer may take to begin; 30 seconds if null.</param>
    public WireClient(IReadOnlyList<Uri> nodes, string credential, TimeSpan? patience = null)
    {
        _nodes = [.. nodes];
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(5), UseProxy = false }) { Timeout = patience ?? TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
    }

    /// <summary>Creates a session, or finds it.</summary>
    public async Task<JsonObject> StartAsync(string chatId, string agent, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["type"] = "chat.agent",
            ["externalId"] = chatId,
            ["taskIdentifier"] = agent,
            ["triggerConfig"] = new JsonObject { ["basePayload"] = new JsonObject { ["chatId"] = chatId, ["trigger"] = "preload" } },
        };
        using HttpResponseMessage response = await _http.PostAsync(Url("/api/v1/sessions"), Json(body.ToJsonString()), cancellationToken);
        await RequireAsync(response, "create", cancellationToken);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
    }

    /// <summary>The newest sessions.</summary>
    public async Task<JsonArray> ListAsync(CancellationToken cancellationToken) =>
        JsonNode.Parse(await _http.GetStringAsync(Url("/api/v1/sessions"), cancellationToken))!["data"]!.AsArray();

    /// <summary>Appends a user message and answers its sequence.</summary>
    public Task<long> SendAsync(string chatId, string text, string partId, CancellationToken cancellationToken)
    {
        var message = new JsonObject
        {
            ["kind"] = "message",
            ["payload"] = new JsonObject
            {
                ["chatId"] = chatId,
                ["trigger"] = "submit-message",
                ["message"] = new JsonObject
                {
                    ["id"] = $"msg-{partId}",
                    ["role"] = "user",
                    ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
                },
            },
        };
        return AppendAsync(chatId, message.ToJsonString(), partId, cancellationToken);
    }

    /// <summary>Appends a text to <c>in</c> and answers its sequence.</summary>
    public async Task<long> AppendAsync(string chatId, string text, string partId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url($"/realtime/v1/sessions/{Uri.EscapeDataString(chatId)}/in/append")) { Content = Json(text) };
        request.Headers.Add("X-Part-Id", partId);
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        await RequireAsync(response, "append", cancellationToken);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!["seq"]!.GetValue<long>();
    }

    /// <summary>Closes a session.</summary>
    public async Task CloseAsync(string chatId, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.PostAsync(Url($"/api/v1/sessions/{Uri.EscapeDataString(chatId)}/close"), Json("{}"), cancellationToken);
        await RequireAsync(response, "close", cancellationToken);
    }

    /// <summary>Deletes a session.</summary>
    public async Task DeleteAsync(string chatId, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.DeleteAsync(Url($"/api/v1/sessions/{Uri.EscapeDataString(chatId)}"), cancellationToken);
        await RequireAsync(response, "delete", cancellationToken);
    }

    /// <summary>Follows a stream from just after a sequence until it ends, the caller leaves, or its server has been silent for much longer than agreed.</summary>
    /// <param name="chatId">The session.</param>
    /// <param name="io"><c>in</c> or <c>out</c>.</param>
    /// <param name="after">The last sequence seen; -1 for the beginning.</param>
    /// <param name="silence">Seconds of silence after which the server ends the window.</param>
    /// <param name="cancellationToken">Leaves.</param>
    public async IAsyncEnumerable<WireRecord> FollowAsync(
        string chatId, string io, long after, int silence, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url($"/realtime/v1/sessions/{Uri.EscapeDataString(chatId)}/{io}"));
        request.Headers.Add("Timeout-Seconds", silence.ToString());
        if (after >= 0)
        {
            request.Headers.Add("Last-Event-ID", after.ToString());
        }

        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await RequireAsync(response, $"read of {io}", cancellationToken);

        // A node that is cut off can end the connection without this side ever hearing of it.
        TimeSpan longestSilence = TimeSpan.FromSeconds(silence) + _http.Timeout;
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        heard.CancelAfter(longestSilence);
        await using Stream body = await response.Content.ReadAsStreamAsync(heard.Token);
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync(heard.Token))
        {
            heard.CancelAfter(longestSilence);
            if (item.EventType != "batch")
            {
                continue;
            }

            foreach (JsonNode? record in JsonNode.Parse(item.Data)!["records"]!.AsArray())
            {
                yield return new WireRecord(
                    record!["seq_num"]!.GetValue<long>(),
                    record["body"]!.GetValue<string>(),
                    record["headers"]?.AsArray().Select(static pair => (pair![0]!.GetValue<string>(), pair[1]!.GetValue<string>())).ToArray() ?? [])
                {
                    Timestamp = record["timestamp"]!.GetValue<long>(),
                };
            }
        }
    }

    /// <summary>What is stored in <c>in</c>, in order: each record's part id and sequence. Unlike a window, it does not end when a slow server is silent.</summary>
    public async Task<IReadOnlyList<(string PartId, long Sequence)>> StoredInAsync(string chatId, CancellationToken cancellationToken)
    {
        string answer = await _http.GetStringAsync(Url($"/realtime/v1/sessions/{Uri.EscapeDataString(chatId)}/in/records"), cancellationToken);
        return [.. JsonNode.Parse(answer)!["records"]!.AsArray().Select(static record => (record!["id"]!.GetValue<string>(), record["seqNum"]!.GetValue<long>()))];
    }

    /// <summary>The stored transcript, oldest first.</summary>
    public async Task<IReadOnlyList<WireMessage>> TranscriptAsync(string chatId, CancellationToken cancellationToken)
    {
        var messages = new List<WireMessage>();
        string before = "";
        while (true)
        {
            string answer = await _http.GetStringAsync(Url($"/api/v1/sessions/{Uri.EscapeDataString(chatId)}/transcript?limit=100{before}"), cancellationToken);
            JsonNode page = JsonNode.Parse(answer)!;
            messages.InsertRange(0, page["messages"]!.AsArray().Select(static message => WireMessage.Read(message!)));
            if (page["nextCursor"] is not { } older)
            {
                return messages;
            }

            before = $"&before={Uri.EscapeDataString(older.GetValue<string>())}";
        }
    }

    /// <summary>Sends a message and reads up to its answer's boundary, from the beginning on. Earlier turns may be among it or not: the end of the answer trims them.</summary>
    /// <exception cref="TimeoutException">There was no boundary within 60 s.</exception>
    public Task<IReadOnlyList<WireRecord>> AskAsync(string chatId, string text, CancellationToken cancellationToken) => AskAsync(chatId, text, -1, cancellationToken);

    /// <summary>Sends a message and reads from just after a sequence up to its answer's boundary.</summary>
    /// <exception cref="TimeoutException">There was no boundary within 60 s.</exception>
    public async Task<IReadOnlyList<WireRecord>> AskAsync(string chatId, string text, long after, CancellationToken cancellationToken)
    {
        long sequence = await SendAsync(chatId, text, Guid.NewGuid().ToString("N"), cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        List<WireRecord> records = [];
        try
        {
            await foreach (WireRecord record in FollowAsync(chatId, "out", after, silence: 60, limit.Token))
            {
                records.Add(record);
                if (record.Floor >= sequence)
                {
                    return records;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Told below.
        }

        throw new TimeoutException($"{chatId} did not answer message {sequence}; {records.Count} records came.");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Uri Url(string path) => new(_nodes[Interlocked.Increment(ref _next) % _nodes.Length], path);

    /// <exception cref="HttpRequestException">It was refused; the message tells the whole answer.</exception>
    private static async Task RequireAsync(HttpResponseMessage response, string call, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            string answer = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"{call} answered {(int)response.StatusCode}: {answer}", null, response.StatusCode);
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
