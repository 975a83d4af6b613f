using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AgentSessions.Agents;
using Microsoft.Extensions.AI;

namespace AgentSessions.Samples.Approvals;

/// <summary>What a client of the shop sends with each message.</summary>
public sealed record ShopClient([property: Required] string Language);

/// <summary>Looks orders up by itself, and pays money back once the customer has said yes.</summary>
public sealed class ShopAgent(IChatClient model, IOrders orders) : ChatAgent<ShopClient>
{
    /// <inheritdoc/>
    protected override IEnumerable<AITool> GetTools(TurnContext<ShopClient> turn) =>
    [
        // Changes nothing, so after a crash it simply runs again.
        AgentTool.ReadOnly(AIFunctionFactory.Create(FindOrder)),

        // Pauses the turn until the customer has decided. The key makes a second call harmless, so it may be repeated after a crash too.
        new ApprovalRequiredAIFunction(AgentTool.WithEffects(AIFunctionFactory.Create(Refund), InterruptedCall.Replay)),
    ];

    /// <inheritdoc/>
    protected override Task RunAsync(TurnContext<ShopClient> turn, CancellationToken cancellationToken) => turn.RespondAsync(
        model, new ChatOptions { Instructions = $"You work for a shop. Answer in {turn.ClientData.Language}." }, cancellationToken);

    [Description("Finds an order by its number.")]
    private Order? FindOrder(string id) => orders.Find(id);

    [Description("Pays an order back.")]
    private Refund Refund(string id, AIFunctionArguments arguments) => orders.Refund(id, AgentTool.GetIdempotencyKey(arguments));
}
