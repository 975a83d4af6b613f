using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>An append session: frames of records come in, an acknowledgement goes out for each, in order, until the client is done.</summary>
internal sealed partial class SinkSession(SinkWriter writer, IHostApplicationLifetime lifetime, ILogger<SinkSession> logger)
{
    public const string ContentType = "s2s/proto";

    // A model may think for long between two pieces of an answer.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    public async Task ServeAsync(HttpContext context, SinkTarget target)
    {
        PrepareForSilence(context);
        context.Response.ContentType = ContentType;
        PipeWriter output = context.Response.BodyWriter;
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await context.Response.StartAsync(leave.Token);
        await output.FlushAsync(leave.Token);
        try
        {
            await TakeFramesAsync(context, output, target, leave);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            WriteError(output, new Problem(StatusCodes.Status503ServiceUnavailable, "The session was idle for too long, or the server stops"));
        }
        catch (InvalidDataException exception)
        {
            WriteError(output, new Problem(StatusCodes.Status400BadRequest, exception.Message) { Code = "invalid_request" });
        }
        catch (Exception exception) when (!CallerLeft.Explains(exception, context))
        {
            Problem? problem = SessionProblems.Expected(exception, RouteErrors.Worker);
            if (problem is null)
            {
                LogUnexpected(exception);
            }

            WriteError(output, problem ?? SessionProblems.Unexpected);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    private async Task TakeFramesAsync(HttpContext context, PipeWriter output, SinkTarget target, CancellationTokenSource leave)
    {
        PipeReader input = context.Request.BodyReader;
        while (true)
        {
            leave.CancelAfter(_patience);
            ReadResult read = await CallerLeft.ReadAsync(input, leave.Token);
            ReadOnlySequence<byte> rest = read.Buffer;
            try
            {
                while (SinkFrame.TryRead(ref rest, out SinkFrame frame))
                {
                    if (frame.IsTerminal)
                    {
                        return;
                    }

                    await TakeAsync(context, frame, output, target, leave.Token);
                }
            }
            finally
            {
                input.AdvanceTo(rest.Start, rest.End);
            }

            await output.FlushAsync(leave.Token);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private async ValueTask TakeAsync(HttpContext context, SinkFrame frame, PipeWriter output, SinkTarget target, CancellationToken cancellationToken)
    {
        if (frame.IsCompressed)
        {
            throw new InvalidDataException("Compressed frames are not taken.");
        }

        SinkAck ack = await writer.AppendAsync(context, target, SinkProto.ReadInput(frame.Body.ToArray()), cancellationToken);
        SinkFrame.Write(output, SinkProto.WriteAck(ack));
    }

    /// <summary>The server's limits are for bodies that come at once; this one comes as it is thought of.</summary>
    private static void PrepareForSilence(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    private static void WriteError(PipeWriter output, Problem problem)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("code"u8, problem.Code ?? "internal");
            writer.WriteString("message"u8, problem.Error);
            writer.WriteEndObject();
        }

        SinkFrame.WriteError(output, problem.Status, json.WrittenSpan);
    }

    [LoggerMessage(5020, LogLevel.Error, "An append session failed unexpectedly")]
    private partial void LogUnexpected(Exception exception);
}
