using AgentSessions.Gateway.Stagent.Models;
using AgentSessions.Models;

namespace AgentSessions.Server.ChatModels;

/// <summary>Shows the models of the configured providers in the Stagent catalogue. Tier and cost are guessed where nobody said them.</summary>
internal sealed class DiscoveredModels(IModelDiscovery discovery) : IChatModelSource
{
    private static readonly string[] _fast = ["mini", "nano", "haiku", "flash", "small", "lite", "tiny"];
    private static readonly string[] _best = ["opus", "pro", "large", "max", "70b", "405b"];

    public async ValueTask<IReadOnlyList<ChatModel>> DiscoverAsync(CancellationToken cancellationToken) =>
        [.. (await discovery.DiscoverAsync(cancellationToken)).Select(Of)];

    private static ChatModel Of(ModelInfo model)
    {
        string tier = model.Tier is "Fast" or "Balanced" or "Best" ? model.Tier : Has(model.Model, _fast) ? "Fast" : Has(model.Model, _best) ? "Best" : "Balanced";
        (string provider, bool isFree) = model.Provider switch
        {
            "anthropic" => ("anthropic", false),
            "openai" or "azure" => ("openai", false),
            _ => ("ollama", model.Pricing is null),
        };
        return new ChatModel(model.Model, model.Label, provider, tier, isFree ? "Free" : tier switch { "Fast" => "$", "Best" => "$$$", _ => "$$" });
    }

    private static bool Has(string id, string[] words) => words.Any(word => id.Contains(word, StringComparison.OrdinalIgnoreCase));
}
