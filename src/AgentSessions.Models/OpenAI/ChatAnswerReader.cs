using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Reads an answer, streamed or whole. Either way it goes through one <see cref="ChatAnswer"/>.</summary>
internal sealed class ChatAnswerReader(ModelCallOptions limits, Failures failures)
{
    // Some servers neither say that they are done nor close; counts come at once or never.
    private static readonly TimeSpan LongestAfterFinish = TimeSpan.FromSeconds(10);

    public async Task<ChatResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (MediaType(response) is not (null or "application/json"))
        {
            throw failures.BadResponse("the content type is not application/json", (int)response.StatusCode);
        }

        ChatAnswer answer = new(limits, failures);
        return (await ReadWholeAsync(answer, response, cancellationToken)).ToChatResponse();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(HttpResponseMessage response, CallTimer timer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChatAnswer answer = new(limits, failures);
        switch (MediaType(response))
        {
            case null or "text/event-stream":
                break;
            case "application/json":
                // The server knows no streaming.
                foreach (ChatResponseUpdate update in await ReadWholeAsync(answer, response, cancellationToken))
                {
                    yield return update;
                }

                yield break;
            default:
                throw failures.BadResponse("the content type is not text/event-stream", (int)response.StatusCode);
        }

        await using Stream stream = Bounded(await response.Content.ReadAsStreamAsync(cancellationToken), limits.MaxEventBytes);
        SseParser<JsonElement?> events = SseParser.Create(stream, static (_, data) => Parse(data));
        await using IAsyncEnumerator<SseItem<JsonElement?>> items = events.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(items, answer, timer))
        {
            // Only our own waiting counts, not the time that the reader takes over what it got.
            timer.Rest();
            if (items.Current.Data is not { } chunk)
            {
                answer.Done();
                break;
            }

            if (items.Current.EventType == "error")
            {
                throw failures.FromStream(ProviderError.From(chunk));
            }

            if (answer.Add(chunk, "delta") is { } update)
            {
                yield return update;
            }

            timer.Expect("no further token", answer.IsFinished ? AfterFinish(limits.IdleTimeout) : limits.IdleTimeout);
        }

        yield return answer.Complete();
    }

    // A finished answer stays one, whatever becomes of the connection: only its counts may be lost.
    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SseItem<JsonElement?>> items, ChatAnswer answer, CallTimer timer)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (answer.IsFinished && (e is IOException || (e is OperationCanceledException && timer.Expired is not null)))
        {
            return false;
        }
    }

    private static TimeSpan AfterFinish(TimeSpan idle) => idle < LongestAfterFinish ? idle : LongestAfterFinish;

    private async Task<List<ChatResponseUpdate>> ReadWholeAsync(ChatAnswer answer, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using Stream stream = Bounded(await response.Content.ReadAsStreamAsync(cancellationToken), limits.MaxResponseBytes);
        JsonElement json = await JsonSerializer.DeserializeAsync<JsonElement>(stream, cancellationToken: cancellationToken);
        List<ChatResponseUpdate> updates = [];
        if (answer.Add(json, "message") is { } update)
        {
            updates.Add(update);
        }

        answer.Done();
        updates.Add(answer.Complete());
        return updates;
    }

    private BoundedStream Bounded(Stream stream, long maxEventBytes) => new(stream, limits.MaxResponseBytes, maxEventBytes, failures);

    /// <returns>Null for the end marker.</returns>
    private static JsonElement? Parse(ReadOnlySpan<byte> data)
    {
        if (data.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8))
        {
            return null;
        }

        Utf8JsonReader reader = new(data);
        return JsonElement.ParseValue(ref reader);
    }

    private static string? MediaType(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
}
