using System.Text.Json;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>An agent as a tool. Each call is a session of its own, named after the call, so that a call that runs again after a crash finds it.</summary>
internal sealed class SubAgentFunction(string agent, string name, string description, SubAgentForwarding forwarding) : AIFunction
{
    private static readonly JsonElement _schema = JsonElement.Parse(
        """{"type":"object","properties":{"message":{"type":"string","description":"What the agent is asked to do."}},"required":["message"]}""");

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => _schema;

    public override JsonSerializerOptions JsonSerializerOptions => UIJson.Options;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        TurnContext turn = AgentTool.GetTurn(arguments);
        string callId = AgentTool.GetCallId(arguments);
        string text = arguments.TryGetValue("message", out object? message) && message?.ToString() is { Length: > 0 } given
            ? given
            : throw new AgentUserException("The sub-agent needs a message.");
        await using AgentChat chat = turn.Services.GetRequiredService<IAgentChatFactory>().Create(
            new AgentChatOptions { Agent = agent, ChatId = $"{turn.ChatId}-{callId}" });

        // The message has the call's id: sent again, it asks for nothing that is answered already.
        var question = UIMessage.User(callId, text);
        AgentChatStream stream = await chat.SendMessageAsync(question, cancellationToken);
        AgentChatResult result = await new SubAgentForwarder(turn.OutputRuntime, callId, forwarding, turn.Time).ForwardAsync(stream, cancellationToken);
        return result.Message ?? await chat.StoredAnswerAsync(question.Id, cancellationToken);
    }
}
