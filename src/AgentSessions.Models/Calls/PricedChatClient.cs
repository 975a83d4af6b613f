using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Calls;

/// <summary>Adds to the tokens that a model reports what they cost, as one more count of the same usage; so it is summed wherever tokens are.</summary>
internal sealed class PricedChatClient(IChatClient inner, ModelPricing pricing) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatResponse response = await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        Price(response.Usage);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ChatResponseUpdate update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            foreach (UsageContent usage in update.Contents.OfType<UsageContent>())
            {
                Price(usage.Details);
            }

            yield return update;
        }
    }

    private void Price(UsageDetails? usage)
    {
        if (usage is not null)
        {
            usage.AdditionalCounts ??= [];
            usage.AdditionalCounts[pricing.CostCount] = (long)decimal.Round(pricing.CostOf(usage) * ModelPricing.NanoPerUnit);
        }
    }
}
