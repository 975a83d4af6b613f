using System.Text;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Orleans.NextServer;

/// <summary>What tests ask of the next version. Nothing here is authenticated.</summary>
internal static class NextRoutes
{
    public static void MapNextRoutes(this WebApplication app)
    {
        app.MapGet("/next/messages", static () => Results.Json(MessageCounts.All()));
        app.MapPost("/next/records/{chat}", WriteAsync);
    }

    /// <summary>Writes a chunk and a control record of kinds that the current version does not know.</summary>
    private static async Task<IResult> WriteAsync(string chat, string mark, ISessionEngine engine, HttpContext context)
    {
        RecordBatch written = await engine.AppendRecordsAsync(
            StreamId.Out(new SessionKey("default", chat)),
            [
                new NewRecord(Encoding.UTF8.GetBytes($$$"""{"data":{"type":"hologram","depth":{"x":[1,"{{{mark}}}"]}},"id":"{{{mark}}}"}"""), []),
                new NewRecord(Array.Empty<byte>(), [new RecordHeader(ControlHeaders.Control, "hologram"), new RecordHeader("next-mark", mark)]),
            ],
            expectedTail: null,
            context.RequestAborted);
        return Results.Json(written.First.Value);
    }
}
