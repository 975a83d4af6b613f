using System.Text.Json.Serialization;
using AgentSessions.Models.Calls;

namespace AgentSessions.Models.Anthropic;

/// <summary>Which Anthropic model to call, and how.</summary>
public sealed class AnthropicModelOptions
{
    /// <summary>Names the model in errors and logs.</summary>
    public required string Name { get; init; }

    /// <summary>The base of the API, to which <c>v1/messages</c> is added. Default <c>https://api.anthropic.com</c>.</summary>
    public Uri Endpoint { get; init; } = new("https://api.anthropic.com");

    /// <summary>The model asked for when <c>ChatOptions.ModelId</c> names none.</summary>
    public required string Model { get; init; }

    /// <summary>The key. One is required, here or in <see cref="ApiKeyFile"/>.</summary>
    [JsonIgnore]
    public string? ApiKey { get; init; }

    /// <summary>A file that holds the key, read for each call. Used when <see cref="ApiKey"/> is null.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>The longest answer in tokens when <c>ChatOptions.MaxOutputTokens</c> says nothing. Default 8,192.</summary>
    public int MaxOutputTokens { get; init; } = 8_192;

    /// <summary>Whether prompts are cached. Default <see cref="PromptCaching.FiveMinutes"/>.</summary>
    public PromptCaching PromptCaching { get; init; } = PromptCaching.FiveMinutes;

    /// <summary>Asks for reasoning by a token budget, as models before adaptive thinking want it. Default false.</summary>
    public bool UseThinkingBudget { get; init; }

    /// <summary>Further headers of every request.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Time-outs and sizes. Silence is measured in bytes here, so the provider's pings count as signs of life; tool calls are bounded by the answer's size alone.</summary>
    public ModelCallOptions Calls { get; init; } = new();

    /// <summary>Retries.</summary>
    public ModelRetryOptions Retries { get; init; } = new();

    /// <summary>Name, endpoint and model; never the key.</summary>
    public override string ToString() => $"{Name}: {Model} at {Endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}";

    internal ModelKey Key() => ApiKey is { Length: > 0 } value ? ModelKey.FromValue(value) : ApiKeyFile is { } file ? ModelKey.FromFile(file) : ModelKey.None;
}
