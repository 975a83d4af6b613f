namespace AgentSessions.Models.Catalog;

/// <summary>A kind of server that can be configured, and what it needs.</summary>
/// <param name="Endpoint">Where it is unless told otherwise; null when it must be told.</param>
/// <param name="NeedsKey">Whether it refuses calls without a key.</param>
internal sealed record ModelProvider(string Name, string? Endpoint, bool NeedsKey)
{
    public const string OpenAI = "openai", Azure = "azure", Anthropic = "anthropic", Ollama = "ollama";

    public static IReadOnlyList<ModelProvider> All { get; } =
    [
        new(OpenAI, "https://api.openai.com/v1", NeedsKey: true),
        new(Azure, null, NeedsKey: true),
        new(Anthropic, "https://api.anthropic.com", NeedsKey: true),
        new(Ollama, "http://127.0.0.1:11434/v1", NeedsKey: false),
        new("lmstudio", "http://127.0.0.1:1234/v1", NeedsKey: false),
        new("llamacpp", "http://127.0.0.1:8080/v1", NeedsKey: false),
        new("vllm", "http://127.0.0.1:8000/v1", NeedsKey: false),
        new("compatible", null, NeedsKey: false),
    ];

    public static ModelProvider? Find(string? name) => All.FirstOrDefault(provider => provider.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
