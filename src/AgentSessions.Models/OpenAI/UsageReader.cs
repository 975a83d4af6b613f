using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Reads token counts. The input count includes the cached tokens, the output count the reasoning tokens.</summary>
internal static class UsageReader
{
    public static UsageDetails? Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        JsonElement input = usage.Member("prompt_tokens_details"), output = usage.Member("completion_tokens_details");
        return new UsageDetails
        {
            InputTokenCount = usage.Amount("prompt_tokens"),
            OutputTokenCount = usage.Amount("completion_tokens"),
            TotalTokenCount = usage.Amount("total_tokens") ?? usage.Amount("prompt_tokens") + usage.Amount("completion_tokens"),
            // The second name is DeepSeek's.
            CachedInputTokenCount = input.Amount("cached_tokens") ?? usage.Amount("prompt_cache_hit_tokens"),
            ReasoningTokenCount = output.Amount("reasoning_tokens"),
        };
    }
}
