using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>A turn that is complete, or about to be.</summary>
public class TurnCompleted
{
    private protected readonly ITurnRuntime Runtime;
    private readonly TurnResult _result;

    internal TurnCompleted(ITurnRuntime runtime, TurnResult result)
    {
        Runtime = runtime;
        _result = result;
        Output = new TurnOutput(runtime.Output);
        History = new ChatHistory(runtime.History);
    }

    /// <summary>The server-made id of the session.</summary>
    public string SessionId => Runtime.SessionId;

    /// <summary>The caller's id of the conversation.</summary>
    public string ChatId => Runtime.ChatId;

    /// <summary>The run.</summary>
    public string RunId => Runtime.RunId;

    /// <summary>The number of the turn in this run, from 0.</summary>
    public int Turn => Runtime.Turn;

    /// <summary>What made the turn.</summary>
    public TurnTrigger Trigger => Runtime.Trigger;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => Runtime.Services;

    /// <summary>The conversation as the model sees it.</summary>
    public IList<ChatMessage> Messages => Runtime.Messages;

    /// <summary>The conversation as users see it, the answer included.</summary>
    public IReadOnlyList<UIMessage> UIMessages => Runtime.UIMessages;

    /// <summary>What this turn added or changed: the incoming message, steering messages, the answer.</summary>
    public IReadOnlyList<UIMessage> NewUIMessages => _result.NewMessages;

    /// <summary>The answer without unfinished tool calls; null if there was none.</summary>
    public UIMessage? Response => _result.Response;

    /// <summary>The answer exactly as it was written.</summary>
    public UIMessage? RawResponse => _result.RawResponse;

    /// <summary>Tokens used by this turn.</summary>
    public UsageDetails Usage => _result.Usage;

    /// <summary>Tokens used by this run so far.</summary>
    public UsageDetails TotalUsage => Runtime.TotalUsage;

    /// <summary>Why the answer ended: one of <see cref="UIFinishReason"/>, or null if there was none.</summary>
    public string? FinishReason => _result.FinishReason;

    /// <summary>Whether the user stopped the turn before it was done.</summary>
    public bool IsStopped => _result.IsStopped;

    /// <summary>Why the turn failed; null if it did not.</summary>
    public Exception? Error => _result.Error;

    /// <summary>The sequence of the boundary on <c>out</c>; null before it is written.</summary>
    public long? LastEventId => _result.Boundary;

    /// <summary>Writes the last chunks, in <c>OnBeforeTurnCompleteAsync</c>; in <c>OnTurnCompleteAsync</c> the turn's output is closed.</summary>
    public TurnOutput Output { get; }

    /// <summary>Edits of the conversation.</summary>
    public ChatHistory History { get; }

    /// <summary>Ends the run after this turn. The next message starts a new one.</summary>
    public void EndRun() => Runtime.EndRun();

    /// <summary>Closes the session for good.</summary>
    /// <param name="reason">Shown to clients; at most 256 characters.</param>
    public void CloseSession(string? reason = null) => Runtime.CloseSession(reason);

    /// <summary>Hands the session to a run of another version of this agent.</summary>
    public void RequestUpgrade(string? version = null) => Runtime.RequestUpgrade(version);

    /// <summary>Adds messages that only the model sees, from the next turn on.</summary>
    public void Inject(params IEnumerable<ChatMessage> messages) => Runtime.Inject(messages);

    /// <summary>Runs work on while the run waits for the next message. Its token fires when the run ends, after at most 5 seconds more.</summary>
    public void Defer(Func<CancellationToken, Task> work) => Runtime.Defer(work);
}

/// <summary>A completed turn whose client data has a type.</summary>
public sealed class TurnCompleted<TClientData> : TurnCompleted
{
    internal TurnCompleted(ITurnRuntime runtime, TurnResult result, TClientData? clientData)
        : base(runtime, result) => ClientData = clientData;

    /// <summary>The client data of this message; the default value if the turn failed because of it.</summary>
    public TClientData? ClientData { get; }
}

internal sealed record TurnResult
{
    public IReadOnlyList<UIMessage> NewMessages { get; init; } = [];

    public UIMessage? Response { get; init; }

    public UIMessage? RawResponse { get; init; }

    public UsageDetails Usage { get; init; } = new();

    public string? FinishReason { get; init; }

    public bool IsStopped { get; init; }

    public Exception? Error { get; init; }

    public long? Boundary { get; init; }
}
