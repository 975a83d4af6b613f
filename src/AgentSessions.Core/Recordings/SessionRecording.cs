using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Recordings;

/// <summary>All that a server keeps of one session, in one open file: JSON Lines, one object a line, told apart by <c>kind</c>.</summary>
/// <remarks>
/// The format, its fields and what a reader may rely on are in <c>docs/recordings.md</c>. A file holds what users wrote and agents answered;
/// treat it like the conversation itself.
/// </remarks>
public sealed record SessionRecording
{
    /// <summary>The version of the format this class writes. A reader takes this and earlier ones.</summary>
    public const int Format = 1;

    private const int PageBytes = 256 * 1024;
    private const int MaxRuns = 10_000;

    /// <summary>The session.</summary>
    public required RecordedSession Session { get; init; }

    /// <summary>Its runs, oldest first.</summary>
    public IReadOnlyList<RecordedRun> Runs { get; init; } = [];

    /// <summary>What is kept of <c>in</c>, oldest first.</summary>
    public IReadOnlyList<StreamRecord> In { get; init; } = [];

    /// <summary>What is kept of <c>out</c>, oldest first.</summary>
    public IReadOnlyList<StreamRecord> Out { get; init; } = [];

    /// <summary>The transcript, oldest first.</summary>
    public IReadOnlyList<UIMessage> Transcript { get; init; } = [];

    /// <summary>Reads a session from a store.</summary>
    /// <returns>Null if there is no such session.</returns>
    public static async Task<SessionRecording?> CaptureAsync(ISessionStore store, SessionKey session, CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(session, cancellationToken) is not { } head)
        {
            return null;
        }

        IReadOnlyList<RunRow> runs = await store.ListRunsAsync(session, MaxRuns, cancellationToken);
        StoredTranscript transcript = await store.ReadTranscriptAsync(session, limit: null, before: null, cancellationToken);
        return new SessionRecording
        {
            Session = RecordedSession.Of(head.Row),
            Runs = [.. runs.Reverse().Select(RecordedRun.Of)],
            In = await ReadAsync(store, StreamId.In(session), cancellationToken),
            Out = await ReadAsync(store, StreamId.Out(session), cancellationToken),
            Transcript = [.. transcript.Messages.Select(static message => JsonSerializer.Deserialize<UIMessage>(message.Json.Span, UIJson.Options)!)],
        };
    }

    /// <summary>Writes the file.</summary>
    public async Task WriteAsync(Stream output, CancellationToken cancellationToken)
    {
        await RecordingLines.WriteAsync(output, "session", new { format = Format, session = Session }, cancellationToken);
        foreach (RecordedRun run in Runs)
        {
            await RecordingLines.WriteAsync(output, "run", new { run }, cancellationToken);
        }

        foreach (StreamRecord record in In)
        {
            await RecordingLines.WriteAsync(output, "in", record, cancellationToken);
        }

        foreach (StreamRecord record in Out)
        {
            await RecordingLines.WriteAsync(output, "out", record, cancellationToken);
        }

        foreach (UIMessage message in Transcript)
        {
            await RecordingLines.WriteAsync(output, "message", new { message }, cancellationToken);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not such a file, or of a later format; the message names the line.</exception>
    public static async Task<SessionRecording> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        RecordedSession? session = null;
        List<RecordedRun> runs = [];
        List<StreamRecord> inputs = [], outputs = [];
        List<UIMessage> transcript = [];
        await RecordingLines.ReadAsync(input, Take, cancellationToken);
        return new SessionRecording
        {
            Session = session ?? throw new FormatException("There is no session in the file."),
            Runs = runs,
            In = inputs,
            Out = outputs,
            Transcript = transcript,
        };

        // A later format may add kinds of lines; those here stand for themselves.
        void Take(int number, string? kind, JsonElement fields)
        {
            switch (kind)
            {
                case "session":
                    int format = RecordingLines.Value<int>(fields, "format");
                    session = format is > 0 and <= Format
                        ? RecordingLines.Value<RecordedSession>(fields, "session")
                        : throw new FormatException($"Line {number}: the format {format} is not known here.");
                    break;
                case "run":
                    runs.Add(RecordingLines.Value<RecordedRun>(fields, "run"));
                    break;
                case "in":
                    inputs.Add(RecordingLines.Record(fields));
                    break;
                case "out":
                    outputs.Add(RecordingLines.Record(fields));
                    break;
                case "message":
                    transcript.Add(RecordingLines.Value<UIMessage>(fields, "message"));
                    break;
            }
        }
    }

    private static async Task<IReadOnlyList<StreamRecord>> ReadAsync(ISessionStore store, StreamId stream, CancellationToken cancellationToken)
    {
        var records = new List<StreamRecord>();
        Cursor from = Cursor.Start;
        while (await store.ReadAsync(stream, from, PageBytes, cancellationToken) is { } batch)
        {
            records.AddRange(batch.Decode());
            from = batch.Tail;
        }

        return records;
    }
}

/// <summary>A session as it is recorded.</summary>
/// <param name="Id">The server-made id.</param>
/// <param name="ExternalId">The caller's id, or null.</param>
/// <param name="Agent">The agent's name.</param>
/// <param name="TriggerConfig">The trigger configuration: a JSON object.</param>
/// <param name="Metadata">A JSON object, or null.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ClosedAt">When it was closed, or null.</param>
public sealed record RecordedSession(
    string Id, string? ExternalId, string Agent, JsonElement TriggerConfig, JsonElement? Metadata, DateTimeOffset CreatedAt, DateTimeOffset? ClosedAt)
{
    internal static RecordedSession Of(SessionRow row) => new(
        row.Id, row.ExternalId, row.Agent, JsonElement.Parse(row.TriggerConfig), row.Metadata is null ? null : JsonElement.Parse(row.Metadata), row.CreatedAt, row.ClosedAt);
}

/// <summary>A run as it is recorded: one row of the audit.</summary>
/// <param name="Id"><c>run_…</c>.</param>
/// <param name="Reason">Why it was started.</param>
/// <param name="AgentVersion">The agent's version, or null.</param>
/// <param name="Status">Its state.</param>
/// <param name="End">Why it ended; null while it lives.</param>
/// <param name="CreatedAt">When it was claimed.</param>
/// <param name="FinishedAt">When its end was stored, or null.</param>
public sealed record RecordedRun(
    string Id, RunReason Reason, string? AgentVersion, RunStatus Status, RunEnd? End, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    internal static RecordedRun Of(RunRow row) => new(row.Id, row.Reason, row.AgentVersion, row.Status, row.End, row.CreatedAt, row.FinishedAt);
}
