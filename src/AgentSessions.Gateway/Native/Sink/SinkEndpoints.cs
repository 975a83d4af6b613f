using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>The direct-write sink's one address: single appends over HTTP/1.1, append sessions over HTTP/2 (wire document, section 11).</summary>
internal sealed class SinkEndpoints(SinkGrants grants, SinkWriter writer, SinkSession session)
{
    private const string Proto = "application/protobuf";

    public async Task PostAsync(HttpContext context)
    {
        SinkTarget target = grants.Require(context, PathSegment.Get(context, "stream"));
        string? type = context.Request.ContentType;
        if (type is SinkSession.ContentType)
        {
            await session.ServeAsync(context, target);
            return;
        }

        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, SinkFrame.MaxLength);
        if (type is Proto)
        {
            SinkAck ack = await writer.AppendAsync(context, target, ReadProto(body), context.RequestAborted);
            byte[] answer = SinkProto.WriteAck(ack);
            context.Response.ContentType = Proto;
            context.Response.ContentLength = answer.Length;
            await context.Response.BodyWriter.WriteAsync(answer, context.RequestAborted);
            return;
        }

        if (context.Request.Headers["s2-format"] is { Count: > 0 } format && format != "raw")
        {
            throw Refuse.BadRequest("Only raw text is taken as JSON", "s2-format");
        }

        SinkAck appended = await writer.AppendAsync(context, target, SinkJson.ReadInput(body), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, appended, SinkJson.WriteAck);
    }

    private static SinkInput ReadProto(ReadOnlyMemory<byte> body)
    {
        try
        {
            return SinkProto.ReadInput(body.Span);
        }
        catch (InvalidDataException)
        {
            throw Refuse.BadRequest("The body is no AppendInput message");
        }
    }
}
