using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Anthropic;

/// <summary>Asks for the prompt to be cached, unless the caller brings a request of its own.</summary>
internal static class PromptCache
{
    public static ChatOptions Prepare(ChatOptions? options, AnthropicModelOptions model)
    {
        ChatOptions prepared = options?.Clone() ?? new ChatOptions();
        if (model.PromptCaching != PromptCaching.Off)
        {
            prepared.RawRepresentationFactory ??= _ => new MessageCreateParams
            {
                Messages = [],
                Model = prepared.ModelId ?? model.Model,
                MaxTokens = prepared.MaxOutputTokens ?? model.MaxOutputTokens,
                CacheControl = model.PromptCaching == PromptCaching.OneHour ? new CacheControlEphemeral { Ttl = Ttl.Ttl1h } : new CacheControlEphemeral(),
            };
        }

        return prepared;
    }
}
