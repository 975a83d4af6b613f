using System.Text;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>Where a call's records landed. <paramref name="End"/> is exclusive: one off would lose or repeat the record after a head start.</summary>
internal readonly record struct SinkAck(Cursor Start, Cursor End, long Timestamp);

/// <summary>Stores what the sink takes.</summary>
internal sealed class SinkWriter(ISessionEngine engine, RateLimits limits, Admission admission, TimeProvider time)
{
    /// <summary>Stores records: of <c>out</c> all or none, of <c>in</c> one by one until the first that is refused.</summary>
    /// <exception cref="RequestRefusedException">400: none, or too many.</exception>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>: the session is gone, though another may have its external id.</exception>
    public async ValueTask<SinkAck> AppendAsync(HttpContext context, SinkTarget target, SinkInput input, CancellationToken cancellationToken)
    {
        if (input.Records.Count is 0 or > SinkInput.MaxRecords)
        {
            throw Refuse.BadRequest($"A call brings 1 to {SinkInput.MaxRecords} records", "records");
        }

        // Asked at each call: a writer's credential, or its open connection, may outlive the session.
        StreamId stream = target.Stream;
        if (await engine.ResolveAsync(stream.Session.Environment, target.SessionId, cancellationToken) != stream.Session)
        {
            throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        }

        if (stream.Direction == StreamDirection.In)
        {
            return await AppendInputAsync(context, stream, input, cancellationToken);
        }

        RecordBatch batch = await engine.AppendRecordsAsync(stream, input.Records, input.ExpectedTail, cancellationToken);
        return new SinkAck(batch.First, batch.Tail, batch.Timestamp);
    }

    /// <summary>What goes to an agent takes the door that every client takes, or a raw record could claim what only the server may, or pass limits.</summary>
    private async ValueTask<SinkAck> AppendInputAsync(HttpContext context, StreamId stream, SinkInput input, CancellationToken cancellationToken)
    {
        Cursor? start = null;
        Cursor end = Cursor.Start;
        foreach (NewRecord record in input.Records)
        {
            limits.CountAppend(context, stream.Session);
            using Admission.Lease lease = admission.Write();
            AppendedRecord appended = await engine.AppendAsync(stream, Unwrap(record), cancellationToken);
            start ??= new Cursor(appended.Sequence);
            end = Cursor.After(appended.Sequence);
        }

        return new SinkAck(start ?? end, end, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>The text and part id in an envelope; a body that is none is a text by itself. Any token may have been given the sink, so it counts as a public one.</summary>
    private static AppendText Unwrap(NewRecord record)
    {
        try
        {
            JsonElement body = JsonElement.Parse(record.Body.Span);
            if (body.ValueKind == JsonValueKind.Object
                && body.TryGetProperty("data"u8, out JsonElement data) && data.ValueKind == JsonValueKind.String
                && body.TryGetProperty("id"u8, out JsonElement id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= 256 } partId)
            {
                return new AppendText(Encoding.UTF8.GetBytes(data.GetString()!), partId) { IsPublic = true };
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
        }

        return new AppendText(record.Body, Guid.NewGuid().ToString("N")) { IsPublic = true };
    }
}
