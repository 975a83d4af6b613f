using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes the body of a Chat Completions request.</summary>
internal sealed class ChatRequestWriter(OpenAICompatibleOptions server, Failures failures)
{
    // The body is JSON and never HTML, so only what JSON needs is escaped.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] Write(IEnumerable<ChatMessage> messages, ChatOptions? options, bool stream, IChatClient client)
    {
        JsonObject raw = options?.RawRepresentationFactory?.Invoke(client) as JsonObject ?? [];
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Json))
        {
            RequestBodyWriter body = new(json, raw);
            json.WriteStartObject();
            body.Text("model", options?.ModelId ?? server.Model);
            if (body.Owns("messages"))
            {
                new MessageWriter(json, failures, server.ReasoningHistoryField).Write(options?.Instructions, messages);
            }

            if (stream)
            {
                WriteStreaming(body, json);
            }

            if (options is not null)
            {
                WriteSampling(body, options);
                ToolWriter.Write(body, json, options, failures);
                ResponseFormatWriter.Write(body, json, options.ResponseFormat);
            }

            body.Number(server.UseMaxCompletionTokens ? "max_completion_tokens" : "max_tokens", options?.MaxOutputTokens ?? server.MaxOutputTokens);
            body.Rest();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void WriteStreaming(RequestBodyWriter body, Utf8JsonWriter json)
    {
        if (body.Owns("stream"))
        {
            json.WriteBooleanValue(true);
        }

        if (server.StreamUsage && body.Owns("stream_options"))
        {
            json.WriteStartObject();
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
        }
    }

    private static void WriteSampling(RequestBodyWriter body, ChatOptions options)
    {
        body.Number("temperature", options.Temperature);
        body.Number("top_p", options.TopP);
        body.Number("top_k", options.TopK);
        body.Number("frequency_penalty", options.FrequencyPenalty);
        body.Number("presence_penalty", options.PresencePenalty);
        body.Number("seed", options.Seed);
        body.Texts("stop", options.StopSequences);
        body.Text("reasoning_effort", options.Reasoning?.Effort switch
        {
            null => null,
            ReasoningEffort.None => "none",
            ReasoningEffort.Low => "low",
            ReasoningEffort.Medium => "medium",
            ReasoningEffort.High => "high",
            ReasoningEffort.ExtraHigh => "xhigh",
            { } other => throw new ArgumentOutOfRangeException(nameof(options), other, "Unknown reasoning effort."),
        });
    }
}
