using System.Runtime.CompilerServices;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Retries;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>Follows a session's <c>out</c> over dropped connections, server restarts and node changes: no gap, no repeat.</summary>
/// <remarks>
/// The attempts without a record are bounded and any record refills them. Pulling is all there is: whoever does not ask for the next
/// record holds the server back, not this process' memory.
/// </remarks>
internal sealed class OutFollower(ISessionConnection connection, string session, TimeSpan silence, RetryPolicy retry)
{
    /// <summary>Records from a cursor on, without end. Throws when the budget is spent or the failure is no passing one.</summary>
    /// <param name="from">The first sequence wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async IAsyncEnumerable<StreamRecord> FollowAsync(Cursor from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = new StreamPosition(from);
        int failures = 0, silentWindows = 0;
        while (true)
        {
            (ISessionTail? tail, SessionException? failure) = await OpenAsync(position.Next, cancellationToken).ConfigureAwait(false);
            if (tail is not null)
            {
                await using ConfiguredAsyncDisposable disposal = tail.ConfigureAwait(false);
                position.OpenWindow();
                while (true)
                {
                    (IReadOnlyList<StreamRecord>? records, failure) = await ReadAsync(tail).ConfigureAwait(false);
                    if (records is null)
                    {
                        break;
                    }

                    failures = silentWindows = 0;
                    foreach (StreamRecord record in records)
                    {
                        if (position.Accept(record))
                        {
                            yield return record;
                        }
                    }
                }
            }

            await SpendAsync(failure is null ? ++silentWindows : ++failures, failure, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(ISessionTail?, SessionException?)> OpenAsync(Cursor from, CancellationToken cancellationToken)
    {
        try
        {
            return (await connection.OpenOutAsync(session, new TailRequest(from, silence), cancellationToken).ConfigureAwait(false), null);
        }
        catch (SessionException exception) when (exception.IsTransient)
        {
            return (null, exception);
        }
    }

    private static async ValueTask<(IReadOnlyList<StreamRecord>?, SessionException?)> ReadAsync(ISessionTail tail)
    {
        try
        {
            return (await tail.ReadAsync().ConfigureAwait(false), null);
        }
        catch (SessionException exception) when (exception.IsTransient)
        {
            return (null, exception);
        }
    }

    /// <summary>Takes one attempt from the budget and waits, or gives up.</summary>
    private Task SpendAsync(int spent, SessionException? failure, CancellationToken cancellationToken)
    {
        if (failure is null && spent >= retry.Options.MaxSilentWindows)
        {
            throw new SessionException(
                SessionErrorCode.TimedOut, $"No record came in {spent} windows of {silence.TotalSeconds:0} s; the turn may still be running");
        }

        if (failure is not null && spent >= retry.Options.MaxFailures)
        {
            throw new SessionException(failure.Code, $"{failure.Message} ({spent} attempts)", failure);
        }

        return retry.DelayAsync(spent, failure?.RetryAfter, cancellationToken);
    }
}
