using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Models.Catalog;

/// <summary>The models that follow from keys which other tools also read, so that a machine with one of them needs no configuration.</summary>
internal static class WellKnownModels
{
    public const string OpenAIKey = "OPENAI_API_KEY", AnthropicKey = "ANTHROPIC_API_KEY", OllamaHost = "OLLAMA_HOST";

    public static IEnumerable<KeyValuePair<string, ModelOptions>> Find(IConfiguration configuration)
    {
        if (SecretSetting.Has(configuration[OpenAIKey]))
        {
            yield return new(ModelProvider.OpenAI, new ModelOptions
            {
                Provider = ModelProvider.OpenAI,
                ApiKeyEnvironment = OpenAIKey,
                Endpoint = configuration["OPENAI_BASE_URL"],
                Model = Or(configuration["OPENAI_MODEL"], "gpt-5.4-mini"),
            });
        }

        if (SecretSetting.Has(configuration[AnthropicKey]))
        {
            yield return new(ModelProvider.Anthropic, new ModelOptions
            {
                Provider = ModelProvider.Anthropic,
                ApiKeyEnvironment = AnthropicKey,
                Endpoint = configuration["ANTHROPIC_BASE_URL"],
                Model = Or(configuration["ANTHROPIC_MODEL"], "claude-sonnet-5-5"),
            });
        }

        if (SecretSetting.Has(configuration[OllamaHost]))
        {
            yield return new(ModelProvider.Ollama, new ModelOptions
            {
                Provider = ModelProvider.Ollama,
                Endpoint = OllamaEndpoint(configuration[OllamaHost]!.Trim()),
                Model = Or(configuration["OLLAMA_MODEL"], "llama3.2"),
            });
        }
    }

    // Ollama's own forms: "host", "host:port", ":port" or an address with a scheme. 0.0.0.0 is where a server listens, not where one calls.
    private static string OllamaEndpoint(string host)
    {
        string address = host.Contains("://", StringComparison.Ordinal) ? host : $"http://{(host.StartsWith(':') ? "127.0.0.1" : "")}{host}";
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri))
        {
            return host;
        }

        UriBuilder builder = new(uri) { Host = uri.Host == "0.0.0.0" ? "127.0.0.1" : uri.Host };
        if (uri.IsDefaultPort && !host.Contains("://", StringComparison.Ordinal))
        {
            builder.Port = 11434;
        }

        return $"{builder.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/')}/v1";
    }

    private static string Or(string? value, string otherwise) => SecretSetting.Has(value) ? value!.Trim() : otherwise;
}
