using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>One turn of a session loop. Answer it with one of the methods that complete it.</summary>
public sealed class SessionTurn
{
    private readonly ISessionTurnRuntime _runtime;

    internal SessionTurn(ISessionTurnRuntime runtime) => _runtime = runtime;

    /// <summary>What made the turn.</summary>
    public TurnTrigger Trigger => _runtime.Turn.Trigger;

    /// <summary>The number of the turn in this run, from 0.</summary>
    public int Number => _runtime.Turn.Turn;

    /// <summary>Whether another run answered this session before.</summary>
    public bool IsContinuation => _runtime.Turn.IsContinuation;

    /// <summary>The message that came in; null for a regenerate and for an action.</summary>
    public UIMessage? Message => _runtime.Turn.Message;

    /// <summary>The conversation as the model sees it, the incoming message last.</summary>
    public IList<ChatMessage> Messages => _runtime.Turn.Messages;

    /// <summary>The conversation as users see it, the incoming message last.</summary>
    public IReadOnlyList<UIMessage> UIMessages => _runtime.Turn.UIMessages;

    /// <summary>The client data as it came with this message; null if there was none.</summary>
    public JsonElement? Metadata => _runtime.Turn.Metadata;

    /// <summary>The action that came in; null for a message.</summary>
    public JsonElement? Action => _runtime.Action;

    /// <summary>Where the answer is written.</summary>
    public TurnOutput Output => _runtime.Output;

    /// <summary>Fires on stop, and when the run goes away. Pass it on.</summary>
    public CancellationToken Token => _runtime.Ending;

    /// <summary>Whether the user asked to stop this turn.</summary>
    public bool IsStopped => _runtime.Turn.IsStopped;

    /// <summary>Tokens used by this run so far.</summary>
    public UsageDetails TotalUsage => _runtime.Turn.TotalUsage;

    /// <summary>The client data, deserialised and checked against its DataAnnotations.</summary>
    /// <exception cref="ClientDataException">It is missing or invalid.</exception>
    public TClientData ClientData<TClientData>() => (TClientData)AgentContexts<TClientData>.Typed.ParseClientData(Metadata, _runtime.Json)!;

    /// <summary>Streams an answer, adds it to the history and completes the turn. A stop completes it with what there was by then.</summary>
    /// <returns>The answer; null if it was empty.</returns>
    public Task<UIMessage?> CompleteAsync(IAsyncEnumerable<ChatResponseUpdate> source, CancellationToken cancellationToken = default) =>
        _runtime.CompleteAsync(source, cancellationToken);

    /// <summary>Completes the turn with what was written to <see cref="Output"/>.</summary>
    public Task DoneAsync() => _runtime.DoneAsync(error: null);

    /// <summary>Completes the turn as failed. The user sees what <see cref="AgentOptions.ErrorText"/> makes of the exception.</summary>
    public Task FailAsync(Exception error) => _runtime.DoneAsync(error);

    /// <summary>Adds an answer that was given elsewhere to the history.</summary>
    public void AddResponse(UIMessage response) => _runtime.AddResponse(response);

    /// <summary>Replaces the history, such as on a continuation.</summary>
    public void SetMessages(IEnumerable<UIMessage> messages) => _runtime.SetMessages([.. messages]);
}

/// <summary>What the runtime gives to a turn of a session loop.</summary>
internal interface ISessionTurnRuntime
{
    ITurnRuntime Turn { get; }

    TurnOutput Output { get; }

    JsonElement? Action { get; }

    JsonSerializerOptions Json { get; }

    CancellationToken Ending { get; }

    Task<UIMessage?> CompleteAsync(IAsyncEnumerable<ChatResponseUpdate> source, CancellationToken cancellationToken);

    Task DoneAsync(Exception? error);

    void AddResponse(UIMessage response);

    void SetMessages(IReadOnlyList<UIMessage> messages);
}
