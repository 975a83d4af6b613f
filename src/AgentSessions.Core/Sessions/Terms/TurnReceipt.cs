using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Terms;

/// <summary>What became of one turn, kept in the state store for whoever asked for it. Written in the commits of the turn itself and deleted with its session.</summary>
public sealed record TurnReceipt
{
    /// <summary>The space of the state store that holds receipts.</summary>
    public const string Space = "turn-receipts";

    private static readonly JsonSerializerOptions _options = new(UIJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter<TurnState>(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>How far the turn has come.</summary>
    public required TurnState State { get; init; }

    /// <summary>Why it failed, in words that are safe to show; else null.</summary>
    public string? Error { get; init; }

    /// <summary>The messages the turn added or changed, in order: the question first.</summary>
    public IReadOnlyList<UIMessage> Messages { get; init; } = [];

    /// <summary>Tokens the turn's model calls read.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens they wrote.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Where a receipt is kept.</summary>
    public static StateKey KeyOf(string environment, string name) => new(environment, Space, name);

    /// <summary>Reads a receipt; null while the turn has not begun, or when it is gone.</summary>
    public static async ValueTask<TurnReceipt?> FindAsync(IStateStore state, string environment, string name, CancellationToken cancellationToken) =>
        await state.GetAsync(KeyOf(environment, name), cancellationToken) is { } entry
            ? JsonSerializer.Deserialize<TurnReceipt>(entry.Value.Span, _options)
            : null;

    /// <summary>What the commit that ends the turn changes: the receipt that the message's terms ask for, and what was kept for the turn alone.</summary>
    internal IEnumerable<StatePut> AtEnd(SessionKey session, MessageTerms terms)
    {
        if (terms.Preface is { } preface)
        {
            yield return TurnPreface.Removal(session, preface);
        }

        if (terms.Receipt is { } name)
        {
            yield return ToPut(session, name);
        }
    }

    /// <summary>The change that keeps this receipt.</summary>
    internal StatePut ToPut(SessionKey session, string name) =>
        new(KeyOf(session.Environment, name), JsonSerializer.SerializeToUtf8Bytes(this, _options), session);
}

/// <summary>How far a turn has come.</summary>
public enum TurnState
{
    /// <summary>Its agent is at work, or will be again after a restart.</summary>
    Running,

    /// <summary>It was answered.</summary>
    Completed,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It was stopped; what was said is kept.</summary>
    Stopped,
}
