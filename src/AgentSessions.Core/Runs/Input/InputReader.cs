using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Input;

/// <summary>Follows a session's <c>in</c> for a run and fills its inbox.</summary>
internal sealed partial class InputReader(StreamHub hub, StreamId stream, Inbox inbox, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _patience = TimeSpan.FromHours(1);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads until the token fires.</summary>
    public async Task FollowAsync(Cursor from, CancellationToken cancellationToken)
    {
        using StreamTail tail = hub.Open(stream, from, cancellationToken);
        while (!cancellationToken.IsCancellationRequested && !tail.IsOver)
        {
            try
            {
                if (await tail.ReadAsync(_patience) is { } batch)
                {
                    Receive(batch);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogRetry(stream.Session.Key, exception.Message, StoreFault.TraceOf(exception));
                await Task.Delay(_retryDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    private void Receive(RecordBatch batch)
    {
        foreach (StreamRecord record in batch.Decode())
        {
            if (!record.IsCommand)
            {
                inbox.Receive(InputRecord.Read(record));
            }
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "The in stream of session {SessionKey} could not be read; trying again: {Reason}")]
    private partial void LogRetry(string sessionKey, string reason, Exception? exception);
}
