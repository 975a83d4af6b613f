using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;

namespace AgentSessions.Core.Archives;

/// <summary>One line of an archive: a JSON object whose <c>kind</c> says what it is. Kinds and fields may be added and never change.</summary>
/// <remarks>The order is: one session, runs, messages, the transcript, and for each stream its line and then its records, values; the end comes last.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SessionLine), "session")]
[JsonDerivedType(typeof(RunLine), "run")]
[JsonDerivedType(typeof(MessageLine), "message")]
[JsonDerivedType(typeof(TranscriptLine), "transcript")]
[JsonDerivedType(typeof(StreamLine), "stream")]
[JsonDerivedType(typeof(RecordLine), "record")]
[JsonDerivedType(typeof(ValueLine), "value")]
[JsonDerivedType(typeof(EndLine), "end")]
internal abstract record ArchiveLine
{
    /// <summary>How lines are written and read.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        AllowOutOfOrderMetadataProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };
}

/// <summary>The session itself.</summary>
/// <param name="Format">1.</param>
/// <param name="ExportedAt">When it was written.</param>
/// <param name="Session">What is stored of it besides its streams.</param>
/// <param name="Progress">How far its turns have come.</param>
internal sealed record SessionLine(int Format, DateTimeOffset ExportedAt, ArchivedSession Session, SessionProgress Progress) : ArchiveLine;

/// <summary>A run of it.</summary>
internal sealed record RunLine(
    string Id, long Number, RunReason Reason, string TaskIdentifier, RunStatus Status, DateTimeOffset CreatedAt) : ArchiveLine
{
    public string? AgentVersion { get; init; }

    public string? PreviousRunId { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public DateTimeOffset? FinishedAt { get; init; }

    public RunEnd? End { get; init; }

    public string? Error { get; init; }
}

/// <summary>A message of the transcript, oldest first.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Final">False for a partial answer.</param>
/// <param name="Message">The UI message.</param>
internal sealed record MessageLine(string Id, bool Final, JsonElement Message) : ArchiveLine;

/// <summary>What the transcript covers, and the runtime's own state in it.</summary>
internal sealed record TranscriptLine(long LastOutSequence, long LastInSequence, long SavedAt) : ArchiveLine
{
    /// <summary>The runtime's own state: a JSON object as text.</summary>
    public string? State { get; init; }
}

/// <summary>The records that follow belong to this stream.</summary>
/// <param name="Channel">The side channel, or the empty string.</param>
/// <param name="Direction">Which of the pair.</param>
/// <param name="First">The sequence of the oldest record that is kept.</param>
internal sealed record StreamLine(string Channel, StreamDirection Direction, long First) : ArchiveLine;

/// <summary>A record.</summary>
/// <param name="Seq">Its sequence; each is one more than the last.</param>
/// <param name="Timestamp">When it was made, in Unix milliseconds.</param>
/// <param name="Body">Its text.</param>
internal sealed record RecordLine(long Seq, long Timestamp, string Body) : ArchiveLine
{
    /// <summary>Pairs of name and value.</summary>
    public IReadOnlyList<string[]>? Headers { get; init; }
}

/// <summary>A value that is kept beside the session. One of the two forms is there.</summary>
/// <param name="Space">Its space.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owned">Whether it is deleted with the session.</param>
internal sealed record ValueLine(string Space, string Name, bool Owned) : ArchiveLine
{
    /// <summary>Its bytes, if they are UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>Its bytes otherwise.</summary>
    public string? Base64 { get; init; }
}

/// <summary>The archive is whole.</summary>
/// <param name="Lines">How many lines stand before this one.</param>
internal sealed record EndLine(long Lines) : ArchiveLine;
