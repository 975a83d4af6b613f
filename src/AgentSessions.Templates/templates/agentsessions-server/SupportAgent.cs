using System.ComponentModel;
using AgentSessions.Agents;
using AgentSessions.Models;
using Microsoft.Extensions.AI;

namespace MyServer;

/// <summary>Answers questions about orders with the default model and one tool. A run of a conversation has an instance of its own.</summary>
public sealed class SupportAgent(IModelCatalog models) : ChatAgent
{
    private static readonly ChatOptions _options = new()
    {
        Instructions = "You help customers of a shop. Look orders up before you speak about them. Answer briefly.",
    };

    private static readonly AIFunction _findOrder = AIFunctionFactory.Create(FindOrder);

    protected override IEnumerable<AITool> GetTools(TurnContext turn) => [_findOrder];

    protected override async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (models.Default is { } model)
        {
            await turn.RespondAsync(models.GetClient(model.Name), _options, cancellationToken);
            return;
        }

        await turn.Output.WriteTextAsync(
            $"You said: {turn.Message?.Text}. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_HOST for a real answer.", cancellationToken);
    }

    [Description("Finds an order of the shop by its number.")]
    private static string FindOrder(string number) => $"Order {number} was shipped yesterday.";
}
