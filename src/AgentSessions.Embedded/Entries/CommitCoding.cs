using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Entries;

/// <summary>The stored form of a commit: the session's number, a set of flags for the parts, and the parts.</summary>
internal static class CommitCoding
{
    private const int Creates = 1;
    private const int HasRow = 2;
    private const int HasAppends = 4;
    private const int HasTrim = 8;
    private const int HasProgress = 16;
    private const int HasTranscript = 32;
    private const int HasRuns = 64;
    private const int HasStates = 128;

    /// <summary>Writes a commit and notes where each append's records start.</summary>
    /// <param name="writer">The group.</param>
    /// <param name="applied">The commit.</param>
    /// <param name="start">Where the group's bytes start in the writer.</param>
    public static void Write(ByteWriter writer, AppliedCommit applied, int start)
    {
        SessionCommit commit = applied.Commit;
        writer.Number(applied.Number);
        writer.Number(FlagsOf(applied));
        if (commit.Row is { } row)
        {
            writer.Number(applied.Version);
            RowCoding.Write(writer, row);
        }

        WriteAppends(writer, applied, start);
        if (commit.TrimOutBefore is { } trim)
        {
            writer.Number(trim.Value);
        }

        if (commit.Progress is { } progress)
        {
            ProgressCoding.Write(writer, progress);
        }

        if (commit.Transcript is { } transcript)
        {
            TranscriptCoding.Write(writer, transcript);
        }

        WriteRuns(writer, commit.Runs);
        WriteStates(writer, applied);
    }

    /// <summary>Reads a commit.</summary>
    /// <param name="reader">The group.</param>
    /// <param name="group">The same bytes as memory; the appends' batches refer to it.</param>
    /// <param name="keyOf">Finds the key of a session that an earlier entry or the database holds.</param>
    public static AppliedCommit Read(ref ByteReader reader, ReadOnlyMemory<byte> group, Func<long, SessionKey> keyOf)
    {
        var applied = new AppliedCommit { Number = reader.Number() };
        long flags = reader.Number();
        applied.Creates = (flags & Creates) != 0;
        SessionRow? row = null;
        if ((flags & HasRow) != 0)
        {
            applied.Version = reader.Number();
            row = RowCoding.Read(ref reader);
        }

        SessionKey session = row?.Key ?? keyOf(applied.Number);
        applied.Commit = new SessionCommit
        {
            Session = session,
            Row = row,
            Appends = (flags & HasAppends) != 0 ? ReadAppends(ref reader, group, session, applied.Offsets) : [],
            TrimOutBefore = (flags & HasTrim) != 0 ? new Cursor(reader.Number()) : null,
            Progress = (flags & HasProgress) != 0 ? ProgressCoding.Read(ref reader) : null,
            Transcript = (flags & HasTranscript) != 0 ? TranscriptCoding.Read(ref reader) : null,
            Runs = (flags & HasRuns) != 0 ? ReadRuns(ref reader, session) : [],
            States = (flags & HasStates) != 0 ? ReadStates(ref reader, applied.StateVersions) : [],
        };
        return applied;
    }

    private static int FlagsOf(AppliedCommit applied)
    {
        SessionCommit commit = applied.Commit;
        return (applied.Creates ? Creates : 0)
            | (commit.Row is null ? 0 : HasRow)
            | (commit.Appends.Count == 0 ? 0 : HasAppends)
            | (commit.TrimOutBefore is null ? 0 : HasTrim)
            | (commit.Progress is null ? 0 : HasProgress)
            | (commit.Transcript is null ? 0 : HasTranscript)
            | (commit.Runs.Count == 0 ? 0 : HasRuns)
            | (commit.States.Count == 0 ? 0 : HasStates);
    }

    private static void WriteAppends(ByteWriter writer, AppliedCommit applied, int start)
    {
        applied.Offsets.Clear();
        IReadOnlyList<StreamAppend> appends = applied.Commit.Appends;
        if (appends.Count == 0)
        {
            return;
        }

        writer.Number(appends.Count);
        for (int i = 0; i < appends.Count; i++)
        {
            RecordBatch batch = appends[i].Batch;
            writer.Byte((byte)appends[i].Stream.Direction);
            writer.Text(appends[i].Stream.Channel);
            writer.Number(batch.First.Value);
            writer.Number(batch.Count);
            writer.Signed(batch.Timestamp);
            writer.Number(batch.Records.Length);
            applied.Offsets.Add(writer.Length - start);
            writer.Raw(batch.Records.Span);
        }
    }

    private static StreamAppend[] ReadAppends(
        ref ByteReader reader, ReadOnlyMemory<byte> group, SessionKey session, List<int> offsets)
    {
        var appends = new StreamAppend[reader.Count()];
        for (int i = 0; i < appends.Length; i++)
        {
            var direction = (StreamDirection)reader.Byte();
            var stream = new StreamId(session, reader.Text(), direction);
            var first = new Cursor(reader.Number());
            int count = reader.Count();
            long timestamp = reader.Signed();
            int length = reader.Count();
            offsets.Add(reader.Position);
            reader.Raw(length);
            appends[i] = new StreamAppend(stream, new RecordBatch(first, count, timestamp, group.Slice(reader.Position - length, length)));
        }

        return appends;
    }

    private static void WriteRuns(ByteWriter writer, IReadOnlyList<RunRow> runs)
    {
        if (runs.Count == 0)
        {
            return;
        }

        writer.Number(runs.Count);
        for (int i = 0; i < runs.Count; i++)
        {
            RunCoding.Write(writer, runs[i]);
        }
    }

    private static RunRow[] ReadRuns(ref ByteReader reader, SessionKey session)
    {
        var runs = new RunRow[reader.Count()];
        for (int i = 0; i < runs.Length; i++)
        {
            runs[i] = RunCoding.Read(ref reader, session);
        }

        return runs;
    }

    private static void WriteStates(ByteWriter writer, AppliedCommit applied)
    {
        IReadOnlyList<StatePut> states = applied.Commit.States;
        if (states.Count == 0)
        {
            return;
        }

        writer.Number(states.Count);
        for (int i = 0; i < states.Count; i++)
        {
            StateCoding.Write(writer, states[i], applied.StateVersions[i]);
        }
    }

    private static StatePut[] ReadStates(ref ByteReader reader, List<long> versions)
    {
        var states = new StatePut[reader.Count()];
        for (int i = 0; i < states.Length; i++)
        {
            (states[i], long version) = StateCoding.Read(ref reader);
            versions.Add(version);
        }

        return states;
    }
}
