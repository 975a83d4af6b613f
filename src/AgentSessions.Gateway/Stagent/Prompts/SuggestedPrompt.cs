using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Prompts;

/// <summary>A category of prompts.</summary>
/// <param name="Id">Unique among the categories.</param>
/// <param name="Label">What users read.</param>
/// <param name="Icon">The name of a Lucide icon.</param>
/// <param name="Prompts">At least one.</param>
public sealed record PromptCategory(string Id, string Label, string Icon, IReadOnlyList<SuggestedPrompt> Prompts);

/// <summary>A prompt to start from.</summary>
/// <param name="Label">About 40 characters.</param>
/// <param name="Prompt">The whole text.</param>
public sealed record SuggestedPrompt(string Label, string Prompt);

/// <summary>Suggests prompts. Register your own to replace the default, which speaks of projects, documents and agents.</summary>
public interface IPromptSource
{
    /// <summary>The categories in the order in which they are shown; one without prompts is left out.</summary>
    ValueTask<IReadOnlyList<PromptCategory>> SuggestAsync(GatewayUser user, CancellationToken cancellationToken);
}
