using AgentSessions.Agents;
using AgentSessions.Models;
using Microsoft.Extensions.AI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Answers with the default model and the tools of all configured MCP servers; without a model it says what to set.</summary>
internal sealed class AssistantAgent(IModelCatalog models, IMcpToolSource mcp) : ChatAgent
{
    private const string WhatToSet =
        "No model is configured, so there is nobody to answer. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_HOST in the server's environment, "
        + "or AgentSessions:Models:{name}:Provider and :Model in its configuration, and start it again.";

    private static readonly ChatOptions _options = new()
    {
        Instructions = "You are a helpful assistant. Answer briefly and in the language of the question. Write Markdown where it helps.",
    };

    public static void Configure(AgentOptions options)
    {
        // A model's own message says nothing of prompts and keys, and whoever tries the demonstration is whoever can mend it.
        options.ErrorText = static exception => exception is ModelException ? exception.Message : AgentOptions.DefaultErrorText;
    }

    protected override async ValueTask<IEnumerable<AITool>> GetToolsAsync(TurnContext turn, CancellationToken cancellationToken) =>
        models.Default is null ? [] : await mcp.GetToolsAsync(cancellationToken);

    protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) => models.Default is { } model
        ? turn.RespondAsync(models.GetClient(model.Name), _options, cancellationToken)
        : turn.SayAsync(WhatToSet);
}
