using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>Asks the store from time to time whether followed streams were deleted, since the news of it may get lost between hosts.</summary>
/// <param name="store">Knows which streams there are.</param>
/// <param name="time">The clock.</param>
/// <param name="interval">How long it waits between two looks.</param>
/// <param name="end">Ends the readers of a stream that was deleted.</param>
internal sealed class DeletionCheck(ISessionStore store, TimeProvider time, TimeSpan interval, Action<StreamId, LiveStream> end)
{
    private static readonly ParallelOptions _few = new() { MaxDegreeOfParallelism = 4 };

    private long _looked = time.GetTimestamp();
    private int _isLooking;

    /// <summary>Looks if it is time, one look at a time. Never waits and never fails.</summary>
    public void LookWhenDue(IEnumerable<KeyValuePair<StreamId, LiveStream>> followed)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _looked)) >= interval && Interlocked.Exchange(ref _isLooking, 1) == 0)
        {
            _ = LookAsync(followed);
        }
    }

    private async Task LookAsync(IEnumerable<KeyValuePair<StreamId, LiveStream>> followed)
    {
        await Parallel.ForEachAsync(followed.GroupBy(static stream => stream.Key.Session), _few, (session, _) => LookAtAsync(session.Key, [.. session]));
        Volatile.Write(ref _looked, time.GetTimestamp());
        Volatile.Write(ref _isLooking, 0);
    }

    private async ValueTask LookAtAsync(SessionKey session, KeyValuePair<StreamId, LiveStream>[] streams)
    {
        try
        {
            // Asked before the store is: what becomes known later may be later than the store's answer.
            Cursor[] reaches = [.. streams.Select(static stream => stream.Value.Reach())];
            SessionHead? head = await store.LoadAsync(session, CancellationToken.None);
            for (int i = 0; i < streams.Length; i++)
            {
                (StreamId stream, LiveStream live) = streams[i];
                if (!live.IsOf(head?.Row.Id) || reaches[i] > await TailAsync(stream, head))
                {
                    end(stream, live);
                }
            }
        }
        catch (Exception)
        {
            // A store that cannot be read says so to whoever reads it; the next look is soon.
        }
    }

    private async ValueTask<Cursor> TailAsync(StreamId stream, SessionHead? head)
    {
        if (stream.IsSideChannel)
        {
            return (await store.GetBoundsAsync(stream, CancellationToken.None)).Tail;
        }

        StreamBounds? bounds = stream.Direction == StreamDirection.In ? head?.In : head?.Out;
        return bounds?.Tail ?? Cursor.Start;
    }
}
