using AgentSessions.Conformance;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Entries;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Tests;

/// <summary>The stored form of each value, byte for byte: stores that exist have to stay readable.</summary>
public sealed class EntryGoldenTests
{
    private static readonly SessionKey _key = new("env", "chat");

    [Fact]
    public void Row_HasItsBytes() => AssertForm(
        "0203656E7604636861741073657373696F6E5F656E762D636861740104636861740A636861742E6167656E74046563686F1F7B22626173655061796C6F6164223A7B22636861744964223A22C3BC227D7D020161016201027B7D80C0B084A1F19DEF0880C0B084A1F19DEF080180C0B084A1F19DEF080104646F6E650180C0B084A1F19DEF08010572756E5F3101AC020103616461",
        writer => RowCoding.Write(writer, Sample.Row(_key) with
        {
            Tags = ["a", "b"],
            Metadata = "{}",
            ClosedAt = Sample.Time,
            ClosedReason = "done",
            ExpiresAt = Sample.Time,
            CurrentRunId = "run_1",
            HasLiveRun = true,
            RunVersion = 300,
            HeldBy = "ada",
        }));

    [Fact]
    public void Row_OfTheFirstForm_IsStillRead()
    {
        var reader = new ByteReader(Convert.FromHexString("0103656E7604636861741073657373696F6E5F656E762D636861740104636861740A636861742E6167656E74046563686F1F7B22626173655061796C6F6164223A7B22636861744964223A22C3BC227D7D020161016201027B7D80C0B084A1F19DEF0880C0B084A1F19DEF080180C0B084A1F19DEF080104646F6E650180C0B084A1F19DEF08010572756E5F3101AC02"));

        SessionRow row = RowCoding.Read(ref reader);

        Assert.Equal(300, row.RunVersion);
        Assert.Null(row.HeldBy);
    }

    [Fact]
    public void Run_HasItsBytes() => AssertForm(
        "010572756E5F310200046563686F01027631010572756E5F300701017480C0B084A1F19DEF080180C0B084A1F19DEF081401046C6F7374",
        writer => RunCoding.Write(writer, Sample.Run(_key, "run_1", 2) with
        {
            AgentVersion = "v1",
            PreviousRunId = "run_0",
            Status = RunStatus.Crashed,
            Tags = ["t"],
            FinishedAt = Sample.Time,
            End = RunEnd.HostLost,
            Error = "lost",
        }));

    [Fact]
    public void Progress_HasItsBytes() => AssertForm(
        "01018001D00F02", writer => ProgressCoding.Write(writer, new SessionProgress { ResumeFloor = -1, AppliedThrough = 64, LastBoundary = 1000, Deaths = 2 }));

    [Fact]
    public void Transcript_HasItsBytes() => AssertForm(
        "0101026D3001026D3101026D3200177B226964223A226D32222C2274657874223A226869227D01027B7D01010080A0ABFEF962",
        writer => TranscriptCoding.Write(writer, new TranscriptDelta
        {
            TruncateAfter = "m0",
            Removes = ["m1"],
            Puts = [Sample.Message("m2", final: false)],
            State = "{}",
            LastOutSequence = -1,
            SavedAt = 1_700_000_000_000,
        }));

    [Fact]
    public void State_HasItsBytes()
    {
        var name = new StateKey("env", "rules", "one");
        AssertForm("0103656E760572756C6573036F6E65030303656E760463686174020102", writer => StateCoding.Write(writer, new StatePut(name, new byte[] { 1, 2 }, _key), 3));
        AssertForm("0103656E760572756C6573036F6E650400", writer => StateCoding.Write(writer, new StatePut(name, null), 4));
    }

    [Fact]
    public void Commit_HasItsBytes()
    {
        var applied = new AppliedCommit
        {
            Number = 200,
            Commit = new SessionCommit
            {
                Session = _key,
                Appends =
                [
                    new(StreamId.Out(_key), new RecordBatch(new Cursor(5), 1, 1_700_000_000_000, "{r}"u8.ToArray())),
                    new(new StreamId(_key, "side", StreamDirection.In), new RecordBatch(new Cursor(0), 2, 0, "{r},{r}"u8.ToArray())),
                ],
                TrimOutBefore = new Cursor(4),
                Progress = SessionProgress.None,
            },
        };
        AssertForm("C8011C020100050180A0ABFEF962037B727D000473696465000200077B727D2C7B727D040101010100", writer => CommitCoding.Write(writer, applied, 0));
        Assert.Equal([15, 28], applied.Offsets);
    }

    [Fact]
    public void Numbers_AreStored_AndStay()
    {
        Assert.Equal([1, 2, 3], Enum.GetValues<EntryKind>().Select(kind => (int)kind));
        Assert.Equal(10, Enum.GetValues<RunStatus>().Length);
        Assert.Equal((0, 9), ((int)RunStatus.Queued, (int)RunStatus.TimedOut));
        Assert.Equal((0, 13), ((int)RunEnd.IdleTimeout, (int)RunEnd.HandoverSkipped));
        Assert.Equal((0, 3), ((int)RunReason.Initial, (int)RunReason.Manual));
        Assert.Equal((0, 1), ((int)StreamDirection.In, (int)StreamDirection.Out));
    }

    private static void AssertForm(string expected, Action<ByteWriter> write)
    {
        var writer = new ByteWriter();
        write(writer);
        Assert.Equal(expected, Convert.ToHexString(writer.Written));
    }
}
