using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Stagent.Messages;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Ends a turn whose client has left: what was said is kept, what was asked is denied, and the next message is taken at once.</summary>
internal sealed partial class TurnStop(TurnServices services, ILogger<TurnStop> logger)
{
    private const string Stopped = "The turn was stopped before it said anything.";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private static readonly byte[] _stop = """{"kind":"stop"}"""u8.ToArray();

    public async Task StopAsync(SessionKey session, ActiveTurn turn)
    {
        try
        {
            await services.Turns.ChangeAsync(session, turn with { IsStopping = true }, CancellationToken.None);
            await StopAsync(session, turn.Note.UserMessageId, turn.Sequence);
            PendingRequest[] requests = [.. (await services.Requests.ListAsync(session, CancellationToken.None))
                .Where(request => request.Turn == turn.Note.UserMessageId)];
            foreach (long answer in await AnswersAsync(session, turn, requests))
            {
                await StopAsync(session, $"{turn.Note.UserMessageId}-{answer}", answer);
            }

            foreach (PendingRequest request in requests.Where(static request => request.State == RequestState.Open))
            {
                await services.Answers.EndAsync(session, request, CancellationToken.None);
            }

            await EndAsync(session, turn);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.SessionNotFound)
        {
            // Deleted meanwhile, and everything of it.
        }
        catch (Exception exception)
        {
            // The turn is still marked as active: it is taken over when its lease is over.
            LogStopFailed(exception);
        }
    }

    private async Task StopAsync(SessionKey session, string name, long sequence)
    {
        var stop = new AppendText(_stop, $"stop-{name}") { Terms = new MessageTerms { Stops = sequence } };
        await services.Engine.AppendAsync(StreamId.In(session), stop, CancellationToken.None);
    }

    /// <summary>The places of the answers to a turn's requests: the agent goes on behind each as if it were a message of its own.</summary>
    private async ValueTask<IReadOnlyCollection<long>> AnswersAsync(SessionKey session, ActiveTurn turn, PendingRequest[] requests)
    {
        var places = new HashSet<long>();
        var told = new HashSet<string>();
        HashSet<string> asking = [.. requests.Select(static request => request.MessageId)];
        await foreach ((long sequence, UIMessage? message) in SessionView.InputsAsync(services.Engine, session, turn.Sequence + 1, CancellationToken.None))
        {
            if (message is { Role: UIMessageRole.Assistant } && asking.Contains(message.Id))
            {
                places.Add(sequence);
                told.Add(message.Id);
            }
        }

        // Settled, and its answer is still on its way: it would start the agent behind the stop.
        foreach (PendingRequest request in requests.Where(request => request.Answer is not null && !told.Contains(request.MessageId)))
        {
            places.Add(await services.Answers.HandOnAsync(session, request, CancellationToken.None));
        }

        return places;
    }

    private async Task EndAsync(SessionKey session, ActiveTurn turn)
    {
        Cursor from = (await services.Engine.GetBoundsAsync(StreamId.Out(session), CancellationToken.None)).Tail;
        using var limit = new CancellationTokenSource(_limit, services.Time);
        var follower = new TurnFollower(services, session, turn with { IsStopping = true }, NoViewer.Instance);
        TurnEnd end = await follower.RunAsync(from, isResumed: true, limit.Token);
        if (end != TurnEnd.Deleted)
        {
            await services.EndAsync(session, turn, Kept(end), CancellationToken.None);
        }
    }

    /// <summary>The end of a turn that was stopped on purpose.</summary>
    public static TurnEnd Kept(TurnEnd end) => end.Text.Length > 0
        ? end with { Status = TurnNote.Complete, Error = null }
        : end with { Status = TurnNote.Failed, Error = Stopped };

    [LoggerMessage(5412, LogLevel.Warning, "A turn whose client has left could not be stopped; it is taken over later")]
    private partial void LogStopFailed(Exception exception);
}
