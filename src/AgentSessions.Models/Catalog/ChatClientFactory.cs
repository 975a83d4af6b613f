using AgentSessions.Models.Anthropic;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using AgentSessions.Models.Settings;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Models.Catalog;

/// <summary>Makes the client of a configured model.</summary>
internal sealed class ChatClientFactory(IConfiguration configuration, ILoggerFactory loggers, TimeProvider? time = null)
{
    public IChatClient Create(string name, ModelOptions model)
    {
        ModelProvider provider = ModelProvider.Find(model.Provider)!;
        Uri endpoint = new(SecretSetting.Has(model.Endpoint) ? model.Endpoint! : provider.Endpoint!);
        string? key = model.Key(name).Resolve(configuration);
        IChatClient client = provider.Name == ModelProvider.Anthropic
            ? new AnthropicChatClient(Anthropic(name, model, endpoint, key), null, loggers.CreateLogger<AnthropicChatClient>(), time)
            : new OpenAICompatibleChatClient(OpenAI(name, model, provider, endpoint, key), null, loggers.CreateLogger<OpenAICompatibleChatClient>(), time);
        return model.Pricing is { } pricing ? new PricedChatClient(client, pricing) : client;
    }

    private static AnthropicModelOptions Anthropic(string name, ModelOptions model, Uri endpoint, string? key)
    {
        AnthropicModelOptions defaults = new() { Name = name, Model = model.Model! };
        return new()
        {
            Name = name,
            Endpoint = endpoint,
            Model = model.Model!,
            ApiKey = key,
            ApiKeyFile = model.ApiKeyFile,
            MaxOutputTokens = model.MaxOutputTokens ?? defaults.MaxOutputTokens,
            PromptCaching = model.PromptCaching,
            UseThinkingBudget = model.UseThinkingBudget,
            Headers = model.Headers,
            Calls = model.Calls,
            Retries = model.Retries,
        };
    }

    private static OpenAICompatibleOptions OpenAI(string name, ModelOptions model, ModelProvider provider, Uri endpoint, string? key)
    {
        OpenAICompatibleOptions defaults = new() { Name = name, Endpoint = endpoint, Model = model.Model! };
        return new()
        {
            Name = name,
            Endpoint = endpoint,
            Model = model.Model!,
            ApiKey = key,
            ApiKeyFile = model.ApiKeyFile,
            IsAzure = provider.Name == ModelProvider.Azure,
            AzureApiVersion = SecretSetting.Has(model.ApiVersion) ? model.ApiVersion! : defaults.AzureApiVersion,
            Headers = model.Headers,
            MaxOutputTokens = model.MaxOutputTokens,
            UseMaxCompletionTokens = model.UseMaxCompletionTokens ?? provider.Name is ModelProvider.OpenAI or ModelProvider.Azure,
            StreamUsage = model.StreamUsage,
            ReasoningHistoryField = model.ReasoningHistoryField,
            Calls = model.Calls,
            Retries = model.Retries,
        };
    }
}
