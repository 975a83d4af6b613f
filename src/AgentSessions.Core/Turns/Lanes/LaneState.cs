using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Lanes;

/// <summary>What the runtime remembers of a conversation besides its messages; stored as the transcript's state.</summary>
internal sealed record LaneState
{
    /// <summary>Nothing.</summary>
    public static readonly LaneState Empty = new();

    private static readonly JsonSerializerOptions _json = new(AIJsonUtilities.DefaultOptions)
    {
        WriteIndented = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What stands for the oldest messages.</summary>
    public Compacted? Compaction { get; init; }

    /// <summary>Messages that only the model sees, in the order they were given.</summary>
    public IReadOnlyList<Injection> Injections { get; init; } = [];

    /// <summary>Messages that were injected and have not been delivered yet.</summary>
    public IReadOnlyList<ChatMessage> Undelivered { get; init; } = [];

    /// <summary>The input whose edits are saved while its turn is still to be answered: after a crash they are not made again.</summary>
    public long? AppliedInput { get; init; }

    /// <summary>The agent's own persisted values, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Values { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Reads what was stored. A state that cannot be read counts as none: it only makes prompts smaller or richer.</summary>
    public static LaneState Read(string? json)
    {
        try
        {
            return json is null ? Empty : JsonSerializer.Deserialize<LaneState>(json, _json) ?? Empty;
        }
        catch (JsonException)
        {
            return Empty;
        }
    }

    /// <summary>The state to store.</summary>
    public string Write() => JsonSerializer.Serialize(this, _json);

    /// <summary>Messages that stand for all messages up to one, that one included.</summary>
    /// <param name="Messages">What the model sees instead.</param>
    /// <param name="ThroughId">The last message they stand for. Without that message the compaction counts for nothing.</param>
    public sealed record Compacted(IReadOnlyList<ChatMessage> Messages, string ThroughId);

    /// <summary>Messages the model sees after one of the conversation.</summary>
    /// <param name="AfterId">The message they follow; empty for the beginning.</param>
    /// <param name="Messages">The messages.</param>
    public sealed record Injection(string AfterId, IReadOnlyList<ChatMessage> Messages);
}
