using System.Security.Claims;
using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>One turn: the message that came in, the conversation so far, and the answer being written.</summary>
/// <remarks>Belongs to its turn: members that write throw once the turn is over.</remarks>
public class TurnContext
{
    private protected readonly ITurnRuntime Runtime;

    internal TurnContext(ITurnRuntime runtime)
    {
        Runtime = runtime;
        Output = new TurnOutput(runtime.Output);
        History = new ChatHistory(runtime.History);
    }

    /// <summary>The registered name of the agent.</summary>
    public string AgentName => Runtime.AgentName;

    /// <summary>The version of the agent that runs, or null if it has none.</summary>
    public string? AgentVersion => Runtime.AgentVersion;

    /// <summary>The server-made id of the session, <c>session_…</c>.</summary>
    public string SessionId => Runtime.SessionId;

    /// <summary>The caller's id of the conversation; the session's id if the caller gave none.</summary>
    public string ChatId => Runtime.ChatId;

    /// <summary>The run that answers, <c>run_…</c>.</summary>
    public string RunId => Runtime.RunId;

    /// <summary>The run before this one, on a continuation.</summary>
    public string? PreviousRunId => Runtime.PreviousRunId;

    /// <summary>The number of the turn in this run, from 0.</summary>
    public int Turn => Runtime.Turn;

    /// <summary>What made the turn.</summary>
    public TurnTrigger Trigger => Runtime.Trigger;

    /// <summary>Whether another run answered this session before.</summary>
    public bool IsContinuation => Runtime.IsContinuation;

    /// <summary>Whether the run was started before there was a message.</summary>
    public bool IsPreloaded => Runtime.IsPreloaded;

    /// <summary>The client data as it came with this message, unvalidated; null if there was none.</summary>
    public JsonElement? Metadata => Runtime.Metadata;

    /// <summary>The payload the run was started with: the session's base payload and what the server added.</summary>
    public JsonElement BootPayload => Runtime.BootPayload;

    /// <summary>Who owns the session, as the server knows it; null if it does not. Never taken from client data.</summary>
    public ClaimsPrincipal? User => Runtime.User;

    /// <summary>The agent that called this one as a tool; null if none did.</summary>
    public ParentAgent? Parent => Runtime.Parent;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => Runtime.Services;

    /// <summary>The message that came in; null for a regenerate and for an action.</summary>
    public UIMessage? Message => Runtime.Message;

    /// <summary>
    /// The assistant message that the answer goes on with, as it was when the turn began: its approvals were answered, the user supplied outputs,
    /// or another process answered the first step. Null for a new message. <see cref="RespondAsync(IChatClient, ChatOptions?, CancellationToken)"/> settles what is open in it by itself.
    /// </summary>
    public UIMessage? Continued => Runtime.Continued;

    /// <summary>The conversation as the model sees it, the incoming message last. A copy for this turn: changes last as long as the turn.</summary>
    public IList<ChatMessage> Messages => Runtime.Messages;

    /// <summary>The conversation as users see it, the incoming message last.</summary>
    public IReadOnlyList<UIMessage> UIMessages => Runtime.UIMessages;

    /// <summary>Edits of the conversation.</summary>
    public ChatHistory History { get; }

    /// <summary>Where the answer is written.</summary>
    public TurnOutput Output { get; }

    /// <summary>Fires when the user asks to stop this turn. The hook's own token fires on this and on <see cref="RunAborted"/>.</summary>
    public CancellationToken StopRequested => Runtime.StopRequested;

    /// <summary>Whether the user asked to stop this turn.</summary>
    public bool IsStopped => Runtime.IsStopped;

    /// <summary>Fires when the run itself is going away: cancelled, expired, or its host is shutting down.</summary>
    public CancellationToken RunAborted => Runtime.RunAborted;

    /// <summary>How long the run stays warm after a turn. Setting it holds for the rest of the run.</summary>
    public TimeSpan IdleTimeout
    {
        get => Runtime.IdleTimeout;
        set => Runtime.IdleTimeout = value;
    }

    /// <summary>How long the run stays parked after its idle time. Setting it holds for the rest of the run.</summary>
    public TimeSpan TurnTimeout
    {
        get => Runtime.TurnTimeout;
        set => Runtime.TurnTimeout = value;
    }

    /// <summary>Tokens used by the turn before this one in this run.</summary>
    public UsageDetails PreviousTurnUsage => Runtime.PreviousTurnUsage;

    /// <summary>Tokens used by this run so far, this turn included.</summary>
    public UsageDetails TotalUsage => Runtime.TotalUsage;

    /// <summary>Ends the run after this turn. The next message starts a new one.</summary>
    public void EndRun() => Runtime.EndRun();

    /// <summary>Closes the session for good with this turn: it is asked to stop, what it has written is kept, and nothing can be appended after it.</summary>
    /// <param name="reason">Shown to clients; at most 256 characters.</param>
    public void CloseSession(string? reason = null)
    {
        if (reason?.Length > 256)
        {
            throw new ArgumentException("A reason is at most 256 characters long.", nameof(reason));
        }

        Runtime.CloseSession(reason);
    }

    /// <summary>Hands the session to a run of another version of this agent.</summary>
    /// <remarks>
    /// Asked in <c>OnValidateMessagesAsync</c> or <c>OnTurnStartAsync</c>, the successor answers this very message; asked later, this turn is
    /// finished first.
    /// </remarks>
    /// <param name="version">The version to run; null for the one that is deployed.</param>
    public void RequestUpgrade(string? version = null) => Runtime.RequestUpgrade(version);

    /// <summary>Adds messages that only the model sees.</summary>
    /// <remarks>
    /// Messages of the system role join the instructions of the next turn only. Others join the conversation at the next step or turn and stay
    /// in it.
    /// </remarks>
    public void Inject(params IEnumerable<ChatMessage> messages) => Runtime.Inject(messages);

    /// <summary>Runs work beside the turn. It is awaited for at most 5 seconds before the turn completes; its token fires when the run ends.</summary>
    public void Defer(Func<CancellationToken, Task> work) => Runtime.Defer(work);

    /// <summary>Runs work that must be done before anything of this turn is seen. After 10 seconds the turn is shown anyway.</summary>
    public void DeferBeforeOutput(Func<CancellationToken, Task> work) => Runtime.DeferBeforeOutput(work);

    /// <summary>Takes the user messages that arrived during this turn into it, for an agent with a loop of its own.</summary>
    /// <remarks>
    /// They join the conversation before the answer, a <c>data-pending-message-injected</c> part says so in the answer, and they get no turn of
    /// their own. <see cref="RespondAsync(IChatClient, ChatOptions?, CancellationToken)"/> does this by itself when the agent's options allow steering.
    /// </remarks>
    /// <returns>The messages in order; empty as a rule.</returns>
    public ValueTask<IReadOnlyList<UIMessage>> TakePendingMessagesAsync(CancellationToken cancellationToken = default) =>
        Runtime.TakePendingMessagesAsync(cancellationToken);

    /// <summary>Answers with a model: calls it, runs the tools it asks for, and goes on until it has nothing more to ask.</summary>
    /// <param name="client">The model.</param>
    /// <param name="options">Instructions and settings. Tools given here replace those of <c>GetTools</c>.</param>
    /// <param name="cancellationToken">The token the hook was given.</param>
    /// <returns>The answer as users see it.</returns>
    public Task<UIMessage> RespondAsync(IChatClient client, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Runtime.RespondAsync(client, options, cancellationToken);

    /// <summary>Answers with the application's model, the <see cref="IChatClient"/> of its services.</summary>
    /// <param name="options">Instructions and settings. Tools given here replace those of <c>GetTools</c>.</param>
    /// <param name="cancellationToken">The token the hook was given.</param>
    /// <returns>The answer as users see it.</returns>
    /// <exception cref="InvalidOperationException">No <see cref="IChatClient"/> is registered.</exception>
    public Task<UIMessage> RespondAsync(ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Runtime.RespondAsync(Services.GetRequiredService<IChatClient>(), options, cancellationToken);

    /// <summary>Reads a sub-agent's answer to its end and shows it in the calling tool's card while it grows.</summary>
    /// <remarks>
    /// Return the message from the tool. Stopping this turn stops the sub-agent's if the token given to its send was this turn's. A tool made with
    /// <see cref="AgentTool.SubAgent"/> does all of this by itself.
    /// </remarks>
    /// <param name="stream">What sending to the sub-agent gave. It is read here and nowhere else.</param>
    /// <param name="toolCallId">The call, from <see cref="AgentTool.GetCallId"/>.</param>
    /// <param name="forwarding">How the growing answer is shown.</param>
    /// <param name="cancellationToken">The tool's token.</param>
    /// <returns>The sub-agent's message; null if it said nothing.</returns>
    /// <exception cref="AgentUserException">The sub-agent failed; the message is the one it showed.</exception>
    public async Task<UIMessage?> ForwardSubAgentAsync(
        AgentChatStream stream, string toolCallId, SubAgentForwarding forwarding = SubAgentForwarding.Chunks, CancellationToken cancellationToken = default) =>
        (await new SubAgentForwarder(Runtime.Output, toolCallId, forwarding, Runtime.Time).ForwardAsync(stream, cancellationToken)).Message;

    /// <inheritdoc cref="ForwardSubAgentAsync(AgentChatStream, string, SubAgentForwarding, CancellationToken)"/>
    public Task<UIMessage?> ForwardSubAgentAsync(AgentChatStream stream, string toolCallId, CancellationToken cancellationToken) =>
        ForwardSubAgentAsync(stream, toolCallId, SubAgentForwarding.Chunks, cancellationToken);

    internal IOutputRuntime OutputRuntime => Runtime.Output;

    internal TimeProvider Time => Runtime.Time;

    /// <summary>Answers with a stream of your own: shows it to the user and adds it to the answer.</summary>
    /// <returns>The answer as users see it.</returns>
    public Task<UIMessage> StreamAsync(IAsyncEnumerable<ChatResponseUpdate> updates, CancellationToken cancellationToken = default) =>
        Runtime.StreamAsync(updates, cancellationToken);
}

/// <summary>A turn whose client data has a type.</summary>
public sealed class TurnContext<TClientData> : TurnContext
{
    internal TurnContext(ITurnRuntime runtime, TClientData clientData)
        : base(runtime) => ClientData = clientData;

    /// <summary>The client data of this message, deserialised and validated.</summary>
    public TClientData ClientData { get; }
}
