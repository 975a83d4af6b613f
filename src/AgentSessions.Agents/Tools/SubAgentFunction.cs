using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>An agent as a tool. A call's session is named after the call or its conversation, so that a call that runs again after a crash finds it.</summary>
internal sealed partial class SubAgentFunction(string agent, string name, string description, SubAgentForwarding forwarding, SubAgentMemory memory) : AIFunction
{
    private const string Conversation = "conversation";

    private static readonly JsonElement _schema = JsonElement.Parse(
        """{"type":"object","properties":{"message":{"type":"string","description":"What the agent is asked to do."}},"required":["message"]}""");

    private static readonly JsonElement _schemaWithConversations = JsonElement.Parse(
        """
        {"type":"object","properties":{"message":{"type":"string","description":"What the agent is asked to do."},
        "conversation":{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$",
        "description":"A name of your choice. The agent remembers what was said under the same name; without one it remembers nothing."}},"required":["message"]}
        """);

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => memory == SubAgentMemory.Conversations ? _schemaWithConversations : _schema;

    public override JsonSerializerOptions JsonSerializerOptions => UIJson.Options;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        TurnContext turn = ToolCallContext.TurnOf(arguments);
        string callId = ToolCallContext.CallIdOf(arguments);
        string text = arguments.TryGetValue("message", out object? message) && message?.ToString() is { Length: > 0 } given
            ? given
            : throw new AgentUserException("The sub-agent needs a message.");
        await using AgentChat chat = turn.Services.GetRequiredService<IAgentChatFactory>().Create(
            new AgentChatOptions { Agent = agent, ChatId = SubAgentChatId.Of(turn.ChatId, ConversationOf(arguments) ?? callId) });

        // The message has the call's id: sent again, it asks for nothing that is answered already.
        var question = UIMessage.User(callId, text);
        AgentChatStream stream = await chat.SendMessageAsync(question, cancellationToken);
        AgentChatResult result = await new SubAgentForwarder(turn.OutputRuntime, callId, forwarding, turn.Time).ForwardAsync(stream, cancellationToken);
        return result.Message ?? await chat.StoredAnswerAsync(question.Id, cancellationToken);
    }

    /// <summary>What the conversation's session is called after the parent's; null if the call is on its own.</summary>
    private string? ConversationOf(AIFunctionArguments arguments)
    {
        if (memory == SubAgentMemory.None || !arguments.TryGetValue(Conversation, out object? value) || value?.ToString() is not { Length: > 0 } chosen)
        {
            return null;
        }

        // Neither of two agents' conversations of one name, nor one that is called like a call, may meet.
        return ConversationName().IsMatch(chosen)
            ? $"{agent}-in-{chosen}"
            : throw new AgentUserException("A conversation's name has 1 to 64 letters, digits, '-' or '_'.");
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ConversationName();
}
