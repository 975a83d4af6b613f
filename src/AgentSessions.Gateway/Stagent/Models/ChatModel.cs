namespace AgentSessions.Gateway.Stagent.Models;

/// <summary>A model as the catalogue shows it.</summary>
/// <param name="Id">What conversations name it by; unique in the catalogue.</param>
/// <param name="Label">What users read.</param>
/// <param name="Provider"><c>anthropic</c>, <c>openai</c> or <c>ollama</c>.</param>
/// <param name="Tier"><c>Fast</c>, <c>Balanced</c> or <c>Best</c>.</param>
/// <param name="Cost"><c>$</c>, <c>$$</c>, <c>$$$</c> or <c>Free</c>.</param>
public sealed record ChatModel(string Id, string Label, string Provider, string Tier, string Cost);

/// <summary>Knows models beside the published ones. Register any number.</summary>
public interface IChatModelSource
{
    /// <summary>The models there are now. Given 10 s; the answer is kept for 5 minutes, and a failure only leaves them out.</summary>
    ValueTask<IReadOnlyList<ChatModel>> DiscoverAsync(CancellationToken cancellationToken);
}
