using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Catalog;

/// <summary>Stands in where no model is configured: the host starts, and the first call says what to set.</summary>
internal sealed class UnconfiguredChatClient : IChatClient
{
    public static ModelException Failure(IReadOnlyList<ModelInfo> configured) => new(
        ModelErrorKind.NotConfigured,
        "models",
        configured.Count == 0
            ? $"no model is configured. Set {ModelsOptions.SectionName}:{{name}}:Provider and :Model, or one of the variables {WellKnownModels.OpenAIKey}, {WellKnownModels.AnthropicKey}, {WellKnownModels.OllamaHost}"
            : $"no model of that name is configured. Configured are {string.Join(", ", configured.Select(model => model.Name))}; add others under {ModelsOptions.SectionName}");

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromException<ChatResponse>(Failure([]));

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw Failure([]);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }
}
