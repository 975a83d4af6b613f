using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>Draining a channel without waiting: <c>GET …/records</c> (wire document, section 5.5).</summary>
internal sealed class ChannelRecords(ISessionEngine engine, Authenticator authenticator, SessionAccess access)
{
    private const int ReadBytes = 128 * 1024;
    private const int MaxCursorDigits = 18;

    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public async Task GetAsync(HttpContext context, ChannelRoute route)
    {
        Caller caller = authenticator.Authenticate(context);
        var address = ChannelAddress.Of(context, route);
        Cursor from = AfterOf(context.Request.Query["afterEventId"]);
        SessionKey session = await access.RequireAsync(caller, "read", address.SessionId, address.ScopeSuffixes, context.RequestAborted);
        StreamId stream = address.In(session);
        StreamBounds bounds = await engine.GetBoundsAsync(stream, context.RequestAborted);
        RecordBatch? batch = from < bounds.Tail ? await engine.ReadAsync(stream, from, ReadBytes, context.RequestAborted) : null;

        // From here on a failure cuts the answer short, which no client takes for a whole one.
        context.Response.ContentType = "application/json; charset=utf-8";
        var output = context.Response.BodyWriter;
        output.Write("{\"records\":["u8);
        bool any = false;
        while (batch is not null && batch.First < bounds.Tail)
        {
            foreach (StreamRecord record in batch.Decode())
            {
                any |= Write(output, record, any);
            }

            await output.FlushAsync(context.RequestAborted);
            batch = batch.Tail < bounds.Tail ? await engine.ReadAsync(stream, batch.Tail, ReadBytes, context.RequestAborted) : null;
        }

        output.Write("]}"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    private static Cursor AfterOf(string? text)
    {
        if (text is null)
        {
            return Cursor.Start;
        }

        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw Refuse.BadRequest("afterEventId must be a whole number", "afterEventId");
        }

        return text.Length <= MaxCursorDigits ? Cursor.After(long.Parse(text)) : new Cursor(long.MaxValue);
    }

    /// <summary>Writes a record unless it is a command; whether it did.</summary>
    private static bool Write(IBufferWriter<byte> output, StreamRecord record, bool isFurther)
    {
        if (record.IsCommand)
        {
            return false;
        }

        output.Write(isFurther ? ","u8 : ""u8);
        using var json = new Utf8JsonWriter(output, _options);
        json.WriteStartObject();
        var envelope = RecordEnvelope.Of(record);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(envelope.Data, skipInputValidation: true);
        json.WritePropertyName("id"u8);
        json.WriteRawValue(envelope.Id, skipInputValidation: true);
        json.WriteNumber("seqNum"u8, record.Sequence);
        if (record.Headers.Count > 0)
        {
            json.WriteStartArray("headers"u8);
            foreach (RecordHeader header in record.Headers)
            {
                json.WriteStartArray();
                json.WriteStringValue(header.Name);
                json.WriteStringValue(header.Value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        return true;
    }
}
