using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AgentSessions.Gateway.Streaming;

/// <summary>What every stream of events says to those between it and its reader: keep none of it, change none of it, hold none of it back.</summary>
internal static class StreamHeaders
{
    /// <summary>Sets the headers of a stream that is about to begin. Compressing one would hold events back until a block is full.</summary>
    public static void Write(HttpResponse response)
    {
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
