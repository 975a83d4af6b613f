using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions;

/// <summary>Asks for a session (wire document, section 4.2). The gateway has checked sizes and forms.</summary>
public sealed record StartSession
{
    /// <summary>The environment.</summary>
    public required string Environment { get; init; }

    /// <summary>The caller's id; null makes a new session every time.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Free text, 1 to 64 characters.</summary>
    public required string Type { get; init; }

    /// <summary>The agent's registered name.</summary>
    public required string Agent { get; init; }

    /// <summary>A JSON object with an object <c>basePayload</c>.</summary>
    public required string TriggerConfig { get; init; }

    /// <summary>Labels; null keeps those of a session that exists.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>A JSON object; null keeps.</summary>
    public string? Metadata { get; init; }

    /// <summary>Whether the caller may not say whose session it is: the metadata's <c>userId</c> stays as it is stored.</summary>
    public bool KeepsOwner { get; init; }

    /// <summary>When appends shall be refused; null keeps.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the conversation of a new session begins with; nothing to a session that exists. Default: nothing.</summary>
    public IReadOnlyList<StoredMessage> History { get; init; } = [];
}

/// <summary>What a start came to.</summary>
/// <param name="Row">The session.</param>
/// <param name="RunId">The run that is alive.</param>
/// <param name="IsCached">Whether the session existed. Of racing creates exactly one sees false.</param>
public sealed record StartedSession(SessionRow Row, string RunId, bool IsCached);

/// <summary>Changes labels; what is null stays, save where said.</summary>
public sealed record UpdateSession
{
    /// <summary>New labels.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Whether <see cref="Metadata"/> was sent.</summary>
    public bool SetsMetadata { get; init; }

    /// <summary>A JSON object, or null to clear; only with <see cref="SetsMetadata"/>.</summary>
    public string? Metadata { get; init; }

    /// <summary>
    /// The one key of <see cref="Metadata"/> that is taken, or removed where it is missing there; what is stored under others stays, also what was stored
    /// since the caller read it. Null takes all of it, which is the default.
    /// </summary>
    public string? MetadataKey { get; init; }

    /// <summary>Whether a value that is stored under <see cref="MetadataKey"/> stays. Default: it does not.</summary>
    public bool KeepsMetadataValue { get; init; }

    /// <summary>Whether the caller may not say whose session it is: the metadata's <c>userId</c> stays as it is stored.</summary>
    public bool KeepsOwner { get; init; }

    /// <summary>Whether <see cref="ExternalId"/> was sent.</summary>
    public bool NamesExternalId { get; init; }

    /// <summary>Must equal the stored one; only with <see cref="NamesExternalId"/>.</summary>
    public string? ExternalId { get; init; }
}

/// <summary>A record as a client appends it.</summary>
/// <param name="Text">Any text as UTF-8.</param>
/// <param name="PartId">The idempotency key, 1 to 256 characters; repeats within 10 minutes append nothing.</param>
public sealed record AppendText(ReadOnlyMemory<byte> Text, string PartId)
{
    // No client's stop is as long, and stops are taken in whatever is stored or counted already.
    internal const int MaxStopBytes = 4 << 10;

    /// <summary>What the server sets for the turn that the message makes; null for nothing. Only for a session's own <c>in</c>.</summary>
    public MessageTerms? Terms { get; init; }

    /// <summary>Whether the webhook ingress made it; only then it may carry the webhook mark.</summary>
    public bool IsWebhook { get; init; }

    /// <summary>Whether a public token appends it. Such a one may not hand over (wire document, section 11): what is handed over says which tool calls a person has approved.</summary>
    public bool IsPublic { get; init; }

    /// <summary>The trace that the append is part of, to be stored with the record; null for none. Default: the caller's.</summary>
    public string? TraceParent { get; init; } = TraceContext.Current;

    /// <summary>Whether it would stop the session's turn, on its own <c>in</c>. Limits let such a one pass, or nobody could stop a busy chat.</summary>
    public bool AsksToStop() => Text.Length <= MaxStopBytes && InputJson.KindOf(Text.Span) == InputKind.Stop;

    /// <summary>The headers of the record.</summary>
    internal RecordHeader[] Headers()
    {
        var headers = new List<RecordHeader>(capacity: 2);
        if (Terms is not null)
        {
            headers.Add(Terms.ToHeader());
        }

        if (TraceParent is not null)
        {
            headers.Add(new RecordHeader(TraceContext.Header, TraceParent));
        }

        return [.. headers];
    }
}

/// <summary>Where an append landed.</summary>
/// <param name="Sequence">The record's number; of a repeat, the first one's.</param>
/// <param name="IsRepeat">Whether the part id was known and nothing was stored.</param>
public readonly record struct AppendedRecord(long Sequence, bool IsRepeat);

/// <summary>A record with a body in its final form.</summary>
public sealed record NewRecord(ReadOnlyMemory<byte> Body, IReadOnlyList<RecordHeader> Headers);

/// <summary>Asks for a hand-off by the running run.</summary>
/// <param name="CallingRunId">The run that believes it owns the session.</param>
/// <param name="Reason">Why; <see cref="RunReason.Upgrade"/> unless an operator asks.</param>
/// <param name="AgentVersion">The successor's version; null for the one that is deployed.</param>
public sealed record SwapRun(string CallingRunId, RunReason Reason, string? AgentVersion);

/// <summary>The run that owns a session after a swap was asked for.</summary>
public readonly record struct SwappedRun(string RunId, bool Swapped);
