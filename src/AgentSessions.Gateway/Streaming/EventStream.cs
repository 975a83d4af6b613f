using System.IO.Pipelines;
using AgentSessions.Core;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Gateway.Limits;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Streaming;

/// <summary>What a reader wants of a stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="From">The first sequence wanted.</param>
/// <param name="Bounds">The stream's bounds when the reader came.</param>
/// <param name="Silence">How long to wait for a record before the window closes; each record starts it over.</param>
/// <param name="IsSettled">Whether nothing will come without new input, so that the window closes at the tail seen.</param>
/// <param name="Until">When the reader's credential expires, with which the window closes; null if it does not.</param>
internal readonly record struct ReadWindow(StreamId Stream, Cursor From, StreamBounds Bounds, TimeSpan Silence, bool IsSettled, DateTimeOffset? Until);

/// <summary>Serves one window of a stream as server-sent events (wire document, section 5.2).</summary>
/// <remarks>
/// 1. The headers go out, with the first records if those are in memory.
/// 2. Every wake-up becomes one event of all records that are in memory, and one flush.
/// 3. Silence becomes pings, then the end marker. So does a credential's end: who comes back is asked for another one. A store that fails becomes an error event; a server that stops becomes a plain close.
/// A reader that does not take a write in time is cut. Between writes a reader holds no buffer.
/// </remarks>
internal sealed partial class EventStream(
    ISessionEngine engine, Admission admission, IOptions<StreamingOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EventStream> logger)
{
    private readonly StreamingOptions _options = options.Value;

    public async Task ServeAsync(HttpContext context, ReadWindow window)
    {
        using Admission.Lease lease = admission.Reader();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        WriteHeaders(context.Response, window.IsSettled);
        PipeWriter output = context.Response.BodyWriter;
        try
        {
            await context.Response.StartAsync(leave.Token);
            using StreamTail tail = engine.OpenTail(window.Stream, window.From, leave.Token);
            tail.KnownTail = window.Bounds.Tail;
            await FollowAsync(context, output, tail, window);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            // The reader left or the server stops: a plain close, after which clients come back to whoever serves then.
        }
        catch (ReaderTooSlowException)
        {
            context.Abort();
        }
        catch (Exception exception)
        {
            LogReadFailed(exception);
            EventFrames.WriteError(output);
            await output.FlushAsync(leave.Token);
        }
    }

    private static void WriteHeaders(HttpResponse response, bool isSettled)
    {
        StreamHeaders.Write(response);
        response.Headers["X-Stream-Version"] = "v2";
        if (isSettled)
        {
            response.Headers["X-Session-Settled"] = "true";
        }
    }

    private async Task FollowAsync(HttpContext context, PipeWriter output, StreamTail tail, ReadWindow window)
    {
        Cursor newest = window.Bounds.Tail;
        long newestTimestamp = window.Bounds.TailTimestamp;
        long heard = time.GetTimestamp();
        bool isFlushed = false;
        while ((!window.IsSettled || tail.Position < window.Bounds.Tail) && !(window.Until <= time.GetUtcNow()))
        {
            RecordBatch? batch = tail.TryRead();
            if (batch is null)
            {
                if (!isFlushed)
                {
                    await FlushAsync(output);
                    isFlushed = true;
                }

                batch = await tail.ReadAsync(TimeSpan.FromTicks(Math.Min(_options.PingInterval.Ticks, Left(window, heard).Ticks)));
            }

            if (batch is not null)
            {
                WriteEvent(output, tail, batch, ref newest, ref newestTimestamp);
                heard = time.GetTimestamp();
            }
            else if (window.IsSettled || tail.IsOver || Left(window, heard) <= TimeSpan.Zero)
            {
                break;
            }
            else
            {
                EventFrames.WritePing(output, time.GetUtcNow().ToUnixTimeMilliseconds(), newest, newestTimestamp);
            }

            if (await FlushAsync(output))
            {
                return;
            }

            isFlushed = true;
        }

        EventFrames.WriteEnd(output);
        await FlushAsync(output);
    }

    /// <summary>How long the window stays open if nothing is heard.</summary>
    private TimeSpan Left(in ReadWindow window, long heard)
    {
        TimeSpan silence = window.Silence - time.GetElapsedTime(heard);
        return window.Until is { } until && until - time.GetUtcNow() is var valid && valid < silence ? valid : silence;
    }

    private void WriteEvent(PipeWriter output, StreamTail tail, RecordBatch first, ref Cursor newest, ref long newestTimestamp)
    {
        ReadOnlySpan<RecordBatch> batches = BatchGatherer.Gather(tail, first, _options.MaxEventBytes);
        if (batches[^1].Tail >= newest)
        {
            newest = batches[^1].Tail;
            newestTimestamp = batches[^1].Timestamp;
        }

        EventFrames.WriteBatch(output, batches, newest, newestTimestamp);
        BatchGatherer.Release(batches);
    }

    /// <summary>Sends what was written. It waits only when the reader is behind by more than the server buffers.</summary>
    /// <returns>Whether the reader is gone.</returns>
    private async ValueTask<bool> FlushAsync(PipeWriter output)
    {
        ValueTask<FlushResult> flush = output.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            return flush.Result.IsCompleted;
        }

        try
        {
            return (await flush.AsTask().WaitAsync(_options.WriteTimeout, time)).IsCompleted;
        }
        catch (TimeoutException)
        {
            throw new ReaderTooSlowException();
        }
    }

    private sealed class ReaderTooSlowException : Exception;
}
