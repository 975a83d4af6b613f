using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AgentSessions.Models.Anthropic;
using AgentSessions.Models.Calls;
using AgentSessions.Models.Settings;

namespace AgentSessions.Models.Catalog;

/// <summary>One configured model: the section <c>AgentSessions:Models:{name}</c>.</summary>
public sealed class ModelOptions
{
    /// <summary><c>openai</c>, <c>azure</c>, <c>anthropic</c>, <c>ollama</c>, <c>lmstudio</c>, <c>llamacpp</c>, <c>vllm</c>, or <c>compatible</c> for any other server with Chat Completions. Required.</summary>
    public string? Provider { get; set; }

    /// <summary>The base of the API, such as <c>http://127.0.0.1:11434/v1</c>. Required for <c>azure</c> and <c>compatible</c>; the others know theirs.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The provider's name of the model; on Azure, of the deployment. Required.</summary>
    public string? Model { get; set; }

    /// <summary>The key itself. Prefer <see cref="ApiKeyFile"/> or <see cref="ApiKeyEnvironment"/>.</summary>
    [JsonIgnore]
    public string? ApiKey { get; set; }

    /// <summary>A file that holds the key. It is read for each call, so a rotated key needs no restart.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>An environment variable that holds the key.</summary>
    public string? ApiKeyEnvironment { get; set; }

    /// <summary>Azure's api-version. Default <c>2024-10-21</c>.</summary>
    public string? ApiVersion { get; set; }

    /// <summary>What to call the model in front of users. Default: its name.</summary>
    public string? Label { get; set; }

    /// <summary>A word that ranks the model for users, such as <c>Fast</c> or <c>Best</c>.</summary>
    public string? Tier { get; set; }

    /// <summary>The longest answer in tokens when a call does not say. 1 to 10 million; default the provider's, for Anthropic 8,192.</summary>
    [Range(1, 10_000_000)]
    public int? MaxOutputTokens { get; set; }

    /// <summary>How many tokens conversation and answer may have together. 1 to 100 million; default unknown.</summary>
    [Range(1, 100_000_000)]
    public int? ContextTokens { get; set; }

    /// <summary>What the tokens cost.</summary>
    public ModelPricing? Pricing { get; set; }

    /// <summary>Further headers of every request.</summary>
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>Anthropic only: whether prompts are cached. Default <see cref="PromptCaching.FiveMinutes"/>.</summary>
    [EnumDataType(typeof(PromptCaching), ErrorMessage = "The field {0} must be Off, FiveMinutes or OneHour.")]
    public PromptCaching PromptCaching { get; set; } = PromptCaching.FiveMinutes;

    /// <summary>Anthropic only: asks for reasoning by a token budget, as models before adaptive thinking want it. Default false.</summary>
    public bool UseThinkingBudget { get; set; }

    /// <summary>Sends <c>max_completion_tokens</c> in place of <c>max_tokens</c>. Default: for <c>openai</c> and <c>azure</c> only.</summary>
    public bool? UseMaxCompletionTokens { get; set; }

    /// <summary>Asks for token counts at the end of a stream. Default true; turn it off for a server that refuses <c>stream_options</c>.</summary>
    public bool StreamUsage { get; set; } = true;

    /// <summary>The field in which earlier reasoning is sent back, such as <c>reasoning_content</c>. Default: it is not sent.</summary>
    public string? ReasoningHistoryField { get; set; }

    /// <summary>Time-outs and sizes.</summary>
    public ModelCallOptions Calls { get; set; } = new();

    /// <summary>Retries.</summary>
    public ModelRetryOptions Retries { get; set; } = new();

    /// <summary>Provider, model and endpoint; never the key.</summary>
    public override string ToString() => $"{Provider} {Model} {Endpoint}";

    internal SecretSetting Key(string path) => new($"{path}:{nameof(ApiKey)}", ApiKey, ApiKeyFile, ApiKeyEnvironment);
}
