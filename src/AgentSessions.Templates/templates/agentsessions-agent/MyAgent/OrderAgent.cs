using System.ComponentModel;
using AgentSessions.Agents;
using Microsoft.Extensions.AI;

namespace MyAgent;

/// <summary>Answers questions about orders, and cancels them once the user has agreed. A run of a conversation has an instance of its own.</summary>
/// <param name="model">The server's default model.</param>
public sealed class OrderAgent(IChatClient model) : ChatAgent
{
    private static readonly ChatOptions _options = new()
    {
        Instructions = "You help customers of a shop. Look orders up before you speak about them. Answer briefly.",
    };

    private static readonly AITool[] _tools =
    [
        AIFunctionFactory.Create(FindOrder),
        new ApprovalRequiredAIFunction(AIFunctionFactory.Create(CancelOrder)),
    ];

    protected override IEnumerable<AITool> GetTools(TurnContext turn) => _tools;

    protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.RespondAsync(model, _options, cancellationToken);

    [Description("Finds an order of the shop by its number.")]
    private static string FindOrder(string number) => $"Order {number} was shipped yesterday.";

    [Description("Cancels an order. The user is asked first.")]
    private static string CancelOrder(string number) => $"Order {number} is cancelled.";
}
