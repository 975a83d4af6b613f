using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Answers;

/// <summary>Writes a whole JSON answer with its length, so that no answer of ours is chunked but the streams.</summary>
internal static class JsonAnswer
{
    private const string ContentType = "application/json; charset=utf-8";

    // Answers are JSON, never HTML, so only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes an answer.</summary>
    /// <param name="context">The request to answer.</param>
    /// <param name="status">The status.</param>
    /// <param name="value">What <paramref name="write"/> writes.</param>
    /// <param name="write">Writes one JSON value.</param>
    public static Task WriteAsync<T>(HttpContext context, int status, T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            write(json, value);
        }

        return WriteAsync(context, status, buffer.WrittenMemory);
    }

    /// <summary>Writes finished JSON.</summary>
    public static Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        return response.BodyWriter.WriteAsync(json, context.RequestAborted).GetAsTask();
    }

    private static Task GetAsTask<T>(this ValueTask<T> task) => task.IsCompletedSuccessfully ? Task.CompletedTask : task.AsTask();
}
