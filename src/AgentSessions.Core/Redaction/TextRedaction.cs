using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Core.Redaction;

/// <summary>All redactors of a host as one, for the forms in which text is kept.</summary>
public sealed partial class TextRedaction
{
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ITextRedactor[] _redactors;

    private TextRedaction(ITextRedactor[] redactors, RedactionOptions options)
    {
        _redactors = redactors;
        Options = options;
    }

    /// <summary>How streamed text is looked at.</summary>
    internal RedactionOptions Options { get; }

    /// <summary>The redaction of a host, or null if it registered no <see cref="ITextRedactor"/>: then nothing on any path asks for it.</summary>
    public static TextRedaction? Of(IServiceProvider services) => services.GetServices<ITextRedactor>().ToArray() is { Length: > 0 } redactors
        ? new TextRedaction(redactors, services.GetService<RedactionOptions>() ?? new RedactionOptions())
        : null;

    /// <summary>A text.</summary>
    public string Text(string text) => _redactors.Aggregate(text, static (text, redactor) => redactor.Redact(text));

    /// <summary>JSON, or any other text.</summary>
    public string Json(string text) => Changed(Encoding.UTF8.GetBytes(text)) is { } changed ? Encoding.UTF8.GetString(changed) : text;

    /// <summary>JSON, or any other text, as UTF-8.</summary>
    /// <returns>The same bytes if nothing matched.</returns>
    public ReadOnlyMemory<byte> Json(ReadOnlyMemory<byte> text) => Changed(text.Span) ?? text;

    /// <summary>What becomes of JSON, or any other text; null if nothing matched.</summary>
    internal byte[]? Changed(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonRedaction.Redact(text, Text);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            string plain = Encoding.UTF8.GetString(text);
            string kept = Text(plain);
            return kept == plain ? null : Encoding.UTF8.GetBytes(kept);
        }
    }

    /// <summary>The body of a record as it is stored: an envelope around a chunk or a text, or what a sink wrote.</summary>
    internal string Body(string body)
    {
        if (body.Length == 0)
        {
            return body;
        }

        try
        {
            using JsonDocument envelope = JsonDocument.Parse(body);
            if (envelope.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("data"u8, out JsonElement data)
                && root.TryGetProperty("id"u8, out JsonElement id) && root.GetPropertyCount() == 2)
            {
                string inner = data.ValueKind == JsonValueKind.String ? data.GetString()! : data.GetRawText();
                string kept = Json(inner);
                return kept == inner ? body
                    : $$"""{"data":{{(data.ValueKind == JsonValueKind.String ? JsonSerializer.Serialize(kept, _relaxed) : kept)}},"id":{{id.GetRawText()}}}""";
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No envelope: what a sink wrote.
        }

        return Json(body);
    }

    /// <inheritdoc cref="Body(string)"/>
    public ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> body)
    {
        string text = Encoding.UTF8.GetString(body.Span);
        string kept = Body(text);
        return kept == text ? body : Encoding.UTF8.GetBytes(kept);
    }

    /// <summary>Records as they are stored. Numbers and times stay; the same batch if nothing matched.</summary>
    internal RecordBatch Batch(RecordBatch batch)
    {
        StreamRecord[] records = [.. batch.Decode()];
        string[] bodies = [.. records.Select(record => Body(record.Body))];
        if (records.Select(static record => record.Body).SequenceEqual(bodies))
        {
            return batch;
        }

        var builder = new RecordBatchBuilder(batch.First, batch.Records.Length + 256);
        for (int i = 0; i < records.Length; i++)
        {
            builder.Add(Encoding.UTF8.GetBytes(bodies[i]), [.. records[i].Headers], records[i].Timestamp);
        }

        return builder.Take()!;
    }
}
