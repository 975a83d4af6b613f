using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Benchmarks.Baseline;

/// <summary>Kestrel speaking the sessions protocol with nothing behind it: no storage, no checks, bytes written by hand.</summary>
/// <remarks>What it reaches on a machine is the limit there, so results are stated as a ratio to it.</remarks>
internal static class BaselineServer
{
    /// <summary>A server that listens once started.</summary>
    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    public static WebApplication Create(string url)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        WebApplication app = builder.Build();
        BaselineSessions sessions = new();
        app.Run(context => HandleAsync(context, sessions));
        return app;
    }

    private static Task HandleAsync(HttpContext context, BaselineSessions sessions)
    {
        string[] path = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (context.Request.Method, path) switch
        {
            ("POST", ["api", "v1", "sessions"]) => CreateAsync(context),
            ("GET", ["api", "v1", "sessions"]) => AnswerAsync(context, 200, "{\"data\":[],\"pagination\":{}}"u8.ToArray()),
            ("POST", ["realtime", "v1", "sessions", var name, "in", "append"]) => AppendAsync(context, sessions.Get(name)),
            ("GET", ["realtime", "v1", "sessions", var name, "out"]) => TailAsync(context, sessions.Get(name)),
            _ => AnswerAsync(context, 404, "{\"error\":\"not found\"}"u8.ToArray()),
        };
    }

    private static async Task CreateAsync(HttpContext context)
    {
        await ReadBodyAsync(context, static _ => 0);
        await AnswerAsync(context, 201, "{\"id\":\"session_baseline\",\"isCached\":false}"u8.ToArray());
    }

    private static async Task AppendAsync(HttpContext context, BaselineSession session)
    {
        TurnCommand command = await ReadBodyAsync(context, TurnCommand.Find);
        long sequence = session.Accept();
        _ = Task.Run(() => session.TakeTurnAsync(command, sequence));
        await AnswerAsync(context, 200, System.Text.Encoding.ASCII.GetBytes($"{{\"ok\":true,\"seq\":{sequence}}}"));
    }

    private static async Task TailAsync(HttpContext context, BaselineSession session)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers["X-Stream-Version"] = "v2";
        if (context.Request.Headers.TryGetValue("Last-Event-ID", out var cursor))
        {
            await session.ReplayAsync(response.BodyWriter, long.Parse(cursor.ToString()) + 1);
            return;
        }

        await session.FollowAsync(response.BodyWriter, context.RequestAborted);
    }

    private static async Task AnswerAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body);
    }

    private static async ValueTask<T> ReadBodyAsync<T>(HttpContext context, Func<System.Buffers.ReadOnlySequence<byte>, T> parse)
    {
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            if (read.IsCompleted)
            {
                T result = parse(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return result;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
