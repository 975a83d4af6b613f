using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Stagent.Rows;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Stagent.Turns;
using AgentSessions.Gateway.Streaming;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary>A turn as server-sent events. Each event is written and flushed in one piece, for clients that do not put pieces together.</summary>
internal sealed class TurnStream(HttpContext context, StagentOptions options, TimeProvider time) : ITurnViewer
{
    private const int MaxErrorLength = 4096;

    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _event = new(512);
    private long _keptAlive = time.GetTimestamp();

    /// <summary>Sends the headers.</summary>
    public async Task OpenAsync()
    {
        StreamHeaders.Write(context.Response);
        await context.Response.StartAsync(context.RequestAborted);
    }

    public ValueTask StatusAsync(string phase, string message) => WriteAsync("status", (phase, message), static (json, status) =>
    {
        json.WriteString("phase"u8, status.phase);
        json.WriteString("message"u8, status.message);
    });

    public ValueTask DeltaAsync(string text) => WriteAsync("delta", text, static (json, text) => json.WriteString("content"u8, text));

    public ValueTask AskAsync(PendingRequest request) => WriteAsync(request.IsQuestion ? "question" : "permission_request", request, static (json, request) =>
    {
        json.WriteString("requestId"u8, request.Id);
        json.WriteString("messageId"u8, request.RowId);
        RowMetadata.WriteSubject(json, request);
    });

    public ValueTask ShowAsync(Screenshot screenshot) => WriteAsync("screenshot", screenshot, RowMetadata.WriteFields);

    /// <summary>The turn succeeded.</summary>
    public ValueTask DoneAsync(TurnNote note) => WriteAsync("done", note, static (json, note) =>
    {
        json.WriteString("messageId"u8, note.RowId);
        json.WritePropertyName("quickAccess"u8);
        RowMetadata.Write(json, note.QuickAccess);
    });

    /// <summary>The turn failed.</summary>
    public ValueTask FailAsync(string message) => WriteAsync(
        "error", message.Length > MaxErrorLength ? message[..MaxErrorLength] : message, static (json, text) => json.WriteString("message"u8, text));

    public ValueTask TickAsync()
    {
        if (time.GetElapsedTime(_keptAlive) < options.KeepAliveInterval)
        {
            return default;
        }

        _keptAlive = time.GetTimestamp();
        _event.ResetWrittenCount();
        _event.Write(": keepalive\n\n"u8);
        return SendAsync();
    }

    private async ValueTask WriteAsync<T>(string type, T value, Action<Utf8JsonWriter, T> write)
    {
        _event.ResetWrittenCount();
        _event.Write("data: "u8);
        using (var json = new Utf8JsonWriter(_event, _json))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            write(json, value);
            json.WriteEndObject();
        }

        _event.Write("\n\n"u8);
        await SendAsync();
        await TickAsync();
    }

    /// <exception cref="OperationCanceledException">The client has left, or takes nothing any more.</exception>
    private async ValueTask SendAsync()
    {
        context.RequestAborted.ThrowIfCancellationRequested();
        try
        {
            FlushResult flushed = await context.Response.BodyWriter.WriteAsync(_event.WrittenMemory).AsTask().WaitAsync(options.WriteTimeout, time, context.RequestAborted);
            if (flushed.IsCompleted)
            {
                throw new OperationCanceledException(context.RequestAborted);
            }
        }
        catch (TimeoutException)
        {
            context.Abort();
            throw new OperationCanceledException();
        }
    }
}
