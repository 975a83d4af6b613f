using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Turns.Accounts;

/// <summary>What one turn did and what it took, for operators. Written in the commit of its boundary and deleted with its session.</summary>
/// <remarks>Holds no message text and no arguments, so that looking at it tells nothing that was said, but for the error that was shown.</remarks>
public sealed record TurnAccount
{
    /// <summary>Counts of <c>UsageDetails</c> whose names start with this are money: billionths of the currency that follows.</summary>
    public const string MoneyPrefix = "cost_nano_";

    internal const string Space = "turn-accounts";

    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter<AccountKind>(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The <c>out</c> sequence of its boundary.</summary>
    public long Boundary { get; init; }

    /// <summary>The <c>in</c> sequence of the message it answered; null for none.</summary>
    public long? Input { get; init; }

    /// <summary>The run it belongs to.</summary>
    public required string RunId { get; init; }

    /// <summary>The agent that answered.</summary>
    public required string Agent { get; init; }

    /// <summary>How it ended: <c>answered</c>, <c>stopped</c>, <c>failed</c> and the like.</summary>
    public required string Outcome { get; init; }

    /// <summary>The id of the user's message that it answered; null for none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The text of the error that its user was shown; null for none.</summary>
    public string? Error { get; init; }

    /// <summary>When it began, in milliseconds of Unix time.</summary>
    public long At { get; init; }

    /// <summary>How long it took up to its boundary.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Tokens that models read, cached ones among them.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens that they read from a cache.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens that they wrote.</summary>
    public long OutputTokens { get; init; }

    /// <summary>What the tokens cost, by currency in billionths; null where no model has a price.</summary>
    public IReadOnlyDictionary<string, long>? Cost { get; init; }

    /// <summary>What was called, in the order of beginning. What came after the boundary of the turn before is here too.</summary>
    public IReadOnlyList<AccountEntry> Entries { get; init; } = [];

    /// <summary>How many more entries there were than are kept.</summary>
    public int Omitted { get; init; }

    /// <summary>The accounts of a session in the order of its turns.</summary>
    /// <param name="state">The store.</param>
    /// <param name="session">The session.</param>
    /// <param name="after">Only those whose boundary is after this <c>out</c> sequence; -1 for all.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<IReadOnlyList<TurnAccount>> ListAsync(
        IStateStore state, SessionRow session, long after, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<StateEntry> entries = await state.ListAsync(
            session.Key.Environment, Space, $"{session.Id}/", after < 0 ? null : NameOf(session, after), limit, cancellationToken);
        return [.. entries.Select(static entry => Read(entry.Value))];
    }

    internal static TurnAccount Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<TurnAccount>(json.Span, _options)!;

    /// <summary>Its name among the accounts of all sessions.</summary>
    internal string NameIn(SessionRow session) => NameOf(session, Boundary);

    /// <summary>The change that keeps this account.</summary>
    internal StatePut ToPut(SessionRow session) =>
        new(new StateKey(session.Key.Environment, Space, NameOf(session, Boundary)), JsonSerializer.SerializeToUtf8Bytes(this, _options), session.Key)
        {
            IsNew = true,
        };

    // The friendly id has no separator in it, so one session's names never start another's; the padding sorts them like numbers.
    private static string NameOf(SessionRow session, long boundary) => $"{session.Id}/{boundary:D19}";
}
