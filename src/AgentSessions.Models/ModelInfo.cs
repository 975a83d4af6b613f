namespace AgentSessions.Models;

/// <summary>A configured model, as far as it may be shown to anyone.</summary>
/// <param name="Name">The name under which it is configured and injected.</param>
/// <param name="Label">What to call it in front of users.</param>
/// <param name="Provider">The configured provider, such as <c>openai</c> or <c>ollama</c>.</param>
/// <param name="Model">The provider's own name of the model; on Azure, of the deployment.</param>
public sealed record ModelInfo(string Name, string Label, string Provider, string Model)
{
    /// <summary>How many tokens conversation and answer may have together; null when it was not said.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>How many tokens an answer may have when a call does not say; null leaves it to the provider.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>What its tokens cost; null when it was not said.</summary>
    public ModelPricing? Pricing { get; init; }

    /// <summary>A word that ranks it for users, such as <c>Fast</c> or <c>Best</c>; null when it was not said.</summary>
    public string? Tier { get; init; }
}
