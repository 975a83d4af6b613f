using System.Runtime.CompilerServices;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>Reads what was said of an answer before the place a chat reconnected at, so that the whole of it can be built.</summary>
internal sealed class AnswerBeginning(ISessionConnection connection, string session)
{
    // All of it is stored, so the window never waits; the silence only bounds a server that does not send it.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(5);

    /// <summary>Folds the chunks of the turn that the record is in, up to the record. What cannot be read is left out.</summary>
    public async Task ReadAsync(long before, AnswerFold fold, CancellationToken cancellationToken)
    {
        try
        {
            ISessionTail tail = await connection.OpenOutAsync(session, new TailRequest(Cursor.Start, _silence), cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposal = tail.ConfigureAwait(false);
            while (await tail.ReadAsync().ConfigureAwait(false) is { } records)
            {
                foreach (StreamRecord record in records)
                {
                    if (record.Sequence >= before)
                    {
                        return;
                    }

                    if (record.Control == ControlHeaders.TurnComplete)
                    {
                        fold.Reset(null);
                    }
                    else if (OutRecord.Chunk(record) is { } chunk)
                    {
                        fold.Apply(chunk);
                    }
                }
            }
        }
        catch (SessionException exception) when (exception.IsTransient)
        {
            // The chunks to come are what the caller asked for; the message is then only as whole as they are.
            fold.Reset(null);
        }
    }
}
