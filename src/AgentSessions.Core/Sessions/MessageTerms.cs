using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions;

/// <summary>What the server sets for the turn that a message makes. Travels with the record as a header, so no client can write it.</summary>
public sealed record MessageTerms
{
    private const int MaxHeaderLength = 4096;

    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter<TurnAttendance>(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The agent that answers, from this turn on; null for the one that answered last. A name that is not registered counts as null.</summary>
    public string? Agent { get; init; }

    /// <summary>Whether the message gets a turn of its own even where an agent takes up messages that arrive meanwhile. Default false.</summary>
    public bool IsApart { get; init; }

    /// <summary>Who is there to decide on tool calls. Default <see cref="TurnAttendance.Full"/>.</summary>
    public TurnAttendance Attendance { get; init; }

    /// <summary>The name under which a <see cref="TurnReceipt"/> is kept; null for none.</summary>
    public string? Receipt { get; init; }

    /// <summary>The name under which a <see cref="TurnPreface"/> is kept; null for none. It is removed when the turn ends.</summary>
    public string? Preface { get; init; }

    /// <summary>The name under which a <see cref="TurnGuidance"/> is kept; null for none.</summary>
    public string? Guidance { get; init; }

    /// <summary>The name under which a <see cref="TurnInput"/> is kept that an approved call runs with; null for the input it was asked with.</summary>
    public string? Input { get; init; }

    /// <summary>Whether the message is only noted: the decisions it brings hold, and the agent does not go on. Default false.</summary>
    public bool IsUnanswered { get; init; }

    /// <summary>On a stop: the sequence of the message whose turn it ends, running or not begun; null for whichever runs.</summary>
    public long? Stops { get; init; }

    /// <summary>The headers of the record that says on <c>out</c> where the turn of an input begins.</summary>
    /// <param name="sequence">The input's sequence on <c>in</c>.</param>
    internal static RecordHeader[] Begun(long sequence) =>
        [new(ControlHeaders.Control, ControlHeaders.TurnBegun), new(ControlHeaders.InEventId, sequence.ToString())];

    /// <summary>The header that carries these terms.</summary>
    internal RecordHeader ToHeader() => new(ControlHeaders.TurnTerms, JsonSerializer.Serialize(this, _options));

    /// <summary>The terms that a record came with, or null.</summary>
    internal static MessageTerms? Of(StreamRecord record)
    {
        try
        {
            return record.Header(ControlHeaders.TurnTerms) is { Length: <= MaxHeaderLength } json
                ? JsonSerializer.Deserialize<MessageTerms>(json, _options)
                : null;
        }
        catch (JsonException)
        {
            // Written by a version that knows more: the message is answered all the same.
            return null;
        }
    }
}

/// <summary>Who is there to decide on the tool calls of a turn.</summary>
public enum TurnAttendance
{
    /// <summary>Somebody answers approvals and questions; the turn ends with them open.</summary>
    Full,

    /// <summary>Somebody answers approvals. Questions are declined at once, and a new message withdraws the approvals it finds open.</summary>
    Approvals,

    /// <summary>Nobody: approvals are denied, questions declined, and the turn goes on.</summary>
    None,
}
