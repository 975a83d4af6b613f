using System.Text.Json.Serialization;
using AgentSessions.Models.Calls;

namespace AgentSessions.Models.OpenAI;

/// <summary>Where a Chat Completions server is, how it wants to be addressed, and what it does differently from others.</summary>
public sealed class OpenAICompatibleOptions
{
    /// <summary>Names the model in errors and logs.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The base of the API, for example <c>https://api.openai.com/v1</c> or <c>http://127.0.0.1:11434/v1</c>;
    /// <c>chat/completions</c> is added. For <see cref="IsAzure"/>, the resource: <c>https://name.openai.azure.com</c>.
    /// </summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model asked for when <c>ChatOptions.ModelId</c> names none. On Azure, the deployment.</summary>
    public required string Model { get; init; }

    /// <summary>The key; null for servers that want none. Sent as <c>Authorization: Bearer</c>, on Azure as <c>api-key</c>.</summary>
    [JsonIgnore]
    public string? ApiKey { get; init; }

    /// <summary>A file that holds the key, read for each call. Used when <see cref="ApiKey"/> is null.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Whether the path names a deployment and the query an api-version, as on Azure.</summary>
    public bool IsAzure { get; init; }

    /// <summary>Azure's api-version. Default <c>2024-10-21</c>.</summary>
    public string AzureApiVersion { get; init; } = "2024-10-21";

    /// <summary>Further headers of every request.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The longest answer in tokens when <c>ChatOptions.MaxOutputTokens</c> says nothing; null leaves it to the server.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Sends <c>max_completion_tokens</c>, which OpenAI's reasoning models insist on, in place of <c>max_tokens</c>, which local servers know.</summary>
    public bool UseMaxCompletionTokens { get; init; }

    /// <summary>Asks for usage at the end of a stream. Turn it off for a server that refuses <c>stream_options</c>.</summary>
    public bool StreamUsage { get; init; } = true;

    /// <summary>The field in which earlier reasoning is sent back, such as <c>reasoning_content</c>; null, the default, leaves it out, as most servers want.</summary>
    public string? ReasoningHistoryField { get; init; }

    /// <summary>Time-outs and sizes.</summary>
    public ModelCallOptions Calls { get; init; } = new();

    /// <summary>Retries.</summary>
    public ModelRetryOptions Retries { get; init; } = new();

    /// <summary>Name, endpoint and model; never the key.</summary>
    public override string ToString() => $"{Name}: {Model} at {Endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}";

    internal Uri RequestUri(string model)
    {
        string root = Endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return new Uri(IsAzure
            ? $"{root}/openai/deployments/{Uri.EscapeDataString(model)}/chat/completions?api-version={Uri.EscapeDataString(AzureApiVersion)}"
            : $"{root}/chat/completions{Endpoint.Query}");
    }

    internal ModelKey Key() => ApiKey is { Length: > 0 } value ? ModelKey.FromValue(value) : ApiKeyFile is { } file ? ModelKey.FromFile(file) : ModelKey.None;
}
