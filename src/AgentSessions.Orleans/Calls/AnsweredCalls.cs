using AgentSessions.Orleans.Messages;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Orleans.Calls;

/// <summary>What a session answered lately, so that each call counts once however many copies of it arrive, and none counts that is late.</summary>
/// <remarks>
/// A cut link keeps what was sent over it and delivers it once it heals. By then the call was answered by another way, or given up, and others have gone
/// on: the session may even be another one under the same id. A session that has moved remembers nothing; there only the time tells.
/// </remarks>
internal sealed class AnsweredCalls(TimeProvider time)
{
    /// <summary>As long as Orleans waits for an answer: for what was sent before, nobody waits any more.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromSeconds(30);

    /// <summary>Far longer than a copy may take that is not late, as clocks differ.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private readonly Dictionary<Guid, Task> _answers = [];
    private readonly Queue<(Guid Id, long At)> _order = new();
    private DateTimeOffset _deletedAt;

    /// <summary>Carries a call out, unless that was done already: then it is answered as it was.</summary>
    /// <exception cref="LateCallException">See <see cref="RequireTimely"/>.</exception>
    public async Task<T> OnceAsync<T>(CallMark? mark, Func<Task<T>> call)
    {
        Forget();
        if (mark is { } known && _answers.TryGetValue(known.Id, out Task? answered))
        {
            return await (Task<T>)answered;
        }

        RequireTimely(mark);
        Task<T> answer = call();
        try
        {
            await answer;
        }
        catch (SessionException)
        {
            // A refusal is an answer too; what fails otherwise comes again.
        }

        if (mark is { } carriedOut)
        {
            _answers[carriedOut.Id] = answer;
            _order.Enqueue((carriedOut.Id, time.GetTimestamp()));
        }

        return await answer;
    }

    /// <summary>Refuses a call for which nobody waits any more, or that was meant for a session that has been deleted since.</summary>
    /// <exception cref="LateCallException">It is late, or clocks differ: whoever does wait calls again.</exception>
    public void RequireTimely(CallMark? mark)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now < _deletedAt)
        {
            // The clock was set back.
            _deletedAt = now;
        }

        if (mark is { } sent && ((now - sent.SentAt).Duration() > Lateness || sent.SentAt < _deletedAt))
        {
            throw new LateCallException(now);
        }
    }

    /// <summary>The session has been deleted: what was sent before is not for its successor.</summary>
    public void Deleted() => _deletedAt = time.GetUtcNow();

    private void Forget()
    {
        while (_order.TryPeek(out (Guid Id, long At) oldest) && time.GetElapsedTime(oldest.At) > Memory)
        {
            _order.Dequeue();
            _answers.Remove(oldest.Id);
        }
    }
}
