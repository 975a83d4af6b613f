using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>A command that edits the conversation. Not a turn, unless it asks for one.</summary>
public class ActionContext
{
    private protected readonly ITurnRuntime Runtime;

    internal ActionContext(ITurnRuntime runtime, JsonElement action, JsonSerializerOptions json)
    {
        Runtime = runtime;
        Action = action;
        Json = json;
        History = new ChatHistory(runtime.History);
        Output = new TurnOutput(runtime.Output);
    }

    /// <summary>The action as it came.</summary>
    public JsonElement Action { get; }

    /// <summary>Whether the action is a verified webhook event, <c>{type, event}</c>, and not a client's. No client can claim that.</summary>
    public bool IsWebhook => Runtime.IsWebhook;

    /// <summary>The caller's id of the conversation.</summary>
    public string ChatId => Runtime.ChatId;

    /// <summary>The server-made id of the session.</summary>
    public string SessionId => Runtime.SessionId;

    /// <summary>The run.</summary>
    public string RunId => Runtime.RunId;

    /// <summary>The client data as it came with this action, unvalidated.</summary>
    public JsonElement? Metadata => Runtime.Metadata;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => Runtime.Services;

    /// <summary>The conversation as the model sees it.</summary>
    public IList<ChatMessage> Messages => Runtime.Messages;

    /// <summary>The conversation as users see it.</summary>
    public IReadOnlyList<UIMessage> UIMessages => Runtime.UIMessages;

    /// <summary>Edits of the conversation.</summary>
    public ChatHistory History { get; }

    /// <summary>Writes data parts.</summary>
    public TurnOutput Output { get; }

    /// <summary>Ends the run after this action.</summary>
    public void EndRun() => Runtime.EndRun();

    /// <summary>Closes the session for good.</summary>
    public void CloseSession(string? reason = null) => Runtime.CloseSession(reason);

    /// <summary>Adds messages that only the model sees, from the next turn on.</summary>
    public void Inject(params IEnumerable<ChatMessage> messages) => Runtime.Inject(messages);

    /// <summary>The action as a type of the application's own, typically a <c>[JsonPolymorphic]</c> hierarchy of records.</summary>
    /// <exception cref="AgentUserException">It has another shape. Thrown out of the hook it fails the action and nothing else.</exception>
    public TAction Read<TAction>()
    {
        try
        {
            return Action.Deserialize<TAction>(Json) ?? throw new AgentUserException("The action is empty.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new AgentUserException("The action has the wrong shape.", exception);
        }
    }

    private JsonSerializerOptions Json { get; }
}

/// <summary>An action whose client data has a type.</summary>
public sealed class ActionContext<TClientData> : ActionContext
{
    internal ActionContext(ITurnRuntime runtime, JsonElement action, JsonSerializerOptions json, TClientData clientData)
        : base(runtime, action, json) => ClientData = clientData;

    /// <summary>The client data that came with this action.</summary>
    public TClientData ClientData { get; }
}

/// <summary>What becomes of an action.</summary>
public sealed record ActionOutcome
{
    private ActionOutcome(bool answers, UIMessage? message)
    {
        Answers = answers;
        Message = message;
    }

    /// <summary>The edits are saved; there is no answer.</summary>
    public static ActionOutcome Edited { get; } = new(answers: false, message: null);

    /// <summary>Whether a turn follows.</summary>
    public bool Answers { get; }

    /// <summary>The user message the turn answers, or null to answer the conversation as it stands.</summary>
    public UIMessage? Message { get; }

    /// <summary>The edits are saved, then a whole turn answers the conversation.</summary>
    public static ActionOutcome Answer() => new(answers: true, message: null);

    /// <summary>The edits are saved, then a whole turn answers this text as if the user had written it.</summary>
    public static ActionOutcome Answer(string text) => new(answers: true, UIMessage.User("", text));

    /// <summary>The edits are saved, then a whole turn answers this user message.</summary>
    public static ActionOutcome Answer(UIMessage message) => new(answers: true, message);
}
