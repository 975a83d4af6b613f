using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;

namespace AgentSessions.Benchmarks.Baseline;

/// <summary>The readers of one session and the last turn they were sent.</summary>
internal sealed class BaselineSession
{
    // A whole turn of the usual 200 deltas is one frame and one flush: nothing can be cheaper on the wire.
    private const int RecordsPerFrame = 256;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_frame;

    private readonly List<PipeWriter> _readers = [];
    private long _messages;
    private long _next;
    private TurnRecords _lastTurn;

    public long Accept() => Interlocked.Increment(ref _messages) - 1;

    /// <summary>Answers one message. Turns of one session must not overlap.</summary>
    public async Task TakeTurnAsync(TurnCommand command, long message)
    {
        // Before anything is sent: whoever sees the end of this turn may ask for the next at once.
        TurnRecords turn = new(_next, command.Chunks, message);
        _next = turn.End;
        _lastTurn = turn;
        if (command.Delay == TimeSpan.Zero)
        {
            await SendAsync(turn, turn.First, turn.End);
        }
        else
        {
            await SendPacedAsync(turn, command);
        }
    }

    /// <summary>Sends what the last turn has from a sequence number on, and ends.</summary>
    public async Task ReplayAsync(PipeWriter writer, long from)
    {
        TurnRecords turn = _lastTurn;
        for (long first = Math.Max(from, turn.First); first < turn.End; first += RecordsPerFrame)
        {
            Frame.Write(writer, turn, first, Math.Min(turn.End, first + RecordsPerFrame));
            await writer.FlushAsync();
        }

        writer.Write("data: [DONE]\n\n"u8);
        await writer.FlushAsync();
    }

    /// <summary>Takes part in every turn from here on until the reader leaves.</summary>
    public async Task FollowAsync(PipeWriter writer, CancellationToken left)
    {
        lock (_readers)
        {
            // Before the head is sent: a client that has seen it may append at once.
            _readers.Add(writer);
        }

        await writer.FlushAsync(CancellationToken.None);
        TaskCompletionSource gone = new();
        await using (left.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), gone))
        {
            await gone.Task;
        }

        lock (_readers)
        {
            _readers.Remove(writer);
        }
    }

    /// <summary>One timer for the session, as a model's stream would be: at each tick the deltas that are due by the clock, as the <c>load</c> agent counts them.</summary>
    private async Task SendPacedAsync(TurnRecords turn, TurnCommand command)
    {
        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(command.Delay);
        long first = turn.First;
        for (long next = turn.FirstDelta + 1; next < turn.EndDelta; next = turn.FirstDelta + 1 + ((Stopwatch.GetElapsedTime(start) + (command.Delay / 2)).Ticks / command.Delay.Ticks))
        {
            if (next > first)
            {
                await SendAsync(turn, first, next);
                first = next;
            }

            await timer.WaitForNextTickAsync();
        }

        await SendAsync(turn, first, turn.End);
    }

    private async ValueTask SendAsync(TurnRecords turn, long from, long end)
    {
        for (long first = from; first < end; first += RecordsPerFrame)
        {
            ArrayBufferWriter<byte> frame = s_frame ??= new ArrayBufferWriter<byte>(128 * 1024);
            frame.ResetWrittenCount();
            Frame.Write(frame, turn, first, Math.Min(end, first + RecordsPerFrame));
            ValueTask<FlushResult>[]? waiting = Share(frame.WrittenSpan);
            foreach (ValueTask<FlushResult> flush in waiting ?? [])
            {
                await flush;
            }
        }
    }

    /// <summary>Copies a frame to every reader. A reader that has left fails its own flush and nothing else.</summary>
    private ValueTask<FlushResult>[]? Share(ReadOnlySpan<byte> frame)
    {
        List<ValueTask<FlushResult>>? waiting = null;
        lock (_readers)
        {
            foreach (PipeWriter reader in _readers)
            {
                reader.Write(frame);
                ValueTask<FlushResult> flush = reader.FlushAsync();
                if (!flush.IsCompletedSuccessfully)
                {
                    (waiting ??= []).Add(flush);
                }
            }
        }

        return waiting?.ToArray();
    }
}
