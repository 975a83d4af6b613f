using System.Text;
using AgentSessions.Load.Checks;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Tests;

public sealed class StreamCheckTests
{
    private readonly RecordedTurns _turns = new();

    [Fact]
    public void Read_WholeTurn_CountsDeltasAndSeesItsEnds()
    {
        StreamCheck check = Read(2, WireText.Other(0, "start"), WireText.Delta(1, 0), WireText.Delta(2, 1), WireText.TurnComplete(3), WireText.Trim(4));

        Assert.Equal(2, check.Chunks);
        Assert.True(check.Faults.None);
        Assert.Equal(4, check.LastSequence);
        Assert.Equal(["first 1", "turn complete"], _turns.Lines);
    }

    [Fact]
    public void Read_SequenceMissing_IsLost() =>
        Assert.Equal(new OrderFaults(1, 0, 0), Read(2, WireText.Delta(0, 0), WireText.Delta(2, 1), WireText.TurnComplete(3)).Faults);

    [Fact]
    public void Read_DeltaMissingBehindWholeSequence_IsLost() =>
        Assert.Equal(new OrderFaults(1, 0, 0), Read(3, WireText.Delta(0, 0), WireText.Delta(1, 2), WireText.TurnComplete(2)).Faults);

    [Fact]
    public void Read_TurnThatEndsEarly_LosesTheRest() =>
        Assert.Equal(new OrderFaults(7, 0, 0), Read(10, WireText.Delta(0, 0), WireText.Delta(1, 1), WireText.Delta(2, 2), WireText.TurnComplete(3)).Faults);

    [Fact]
    public void Read_TurnThatFails_IsAnErrorAndLosesNothing()
    {
        StreamCheck check = Read(
            3, WireText.Delta(0, 0), WireText.Failure(1), WireText.TurnComplete(2), WireText.Delta(3, 0), WireText.Delta(4, 2), WireText.TurnComplete(5));

        Assert.Equal(new OrderFaults(1, 0, 0), check.Faults);
        Assert.Contains("error chunk", _turns.Lines);
    }

    [Fact]
    public void Read_AnswerThatBeginsAnew_CountsItsDeltasAnew()
    {
        StreamCheck check = Read(
            2, WireText.Other(0, "start"), WireText.Delta(1, 0), WireText.Other(2, "finish-step"), WireText.Other(3, "start"), WireText.Delta(4, 0), WireText.Delta(5, 1), WireText.TurnComplete(6));

        Assert.True(check.Faults.None);
        Assert.Equal(3, check.Chunks);
    }

    [Fact]
    public void Read_AnswerThatBeginsAnew_OwesAllOfItsDeltas() =>
        Assert.Equal(
            new OrderFaults(1, 0, 0),
            Read(2, WireText.Delta(0, 0), WireText.Failure(1), WireText.Other(2, "start"), WireText.Delta(3, 0), WireText.TurnComplete(4)).Faults);

    [Fact]
    public void Read_RecordTwice_IsRepeated() =>
        Assert.Equal(new OrderFaults(0, 1, 0), Read(2, WireText.Delta(0, 0), WireText.Delta(1, 1), WireText.Delta(1, 1), WireText.TurnComplete(2)).Faults);

    [Fact]
    public void Read_RecordsSwapped_AreReordered() =>
        Assert.Equal(new OrderFaults(0, 0, 1), Read(3, WireText.Delta(0, 0), WireText.Delta(2, 2), WireText.Delta(1, 1), WireText.TurnComplete(3)).Faults);

    [Fact]
    public void Read_SecondTurn_BeginsAtZeroAgain() =>
        Assert.True(Read(1, WireText.Delta(0, 0), WireText.TurnComplete(1), WireText.Delta(2, 0), WireText.TurnComplete(3)).Faults.None);

    [Fact]
    public void Read_SeveralDeltasInOneRecord_CountsEach()
    {
        string record = """{"seq_num":0,"timestamp":1,"body":"{\"data\":{\"delta\":\"~000000~abcdefghijk ~000001~abcdefghijk \"}}"}""";

        StreamCheck check = Read(2, record, WireText.TurnComplete(1));

        Assert.Equal(2, check.Chunks);
        Assert.True(check.Faults.None);
    }

    [Fact]
    public void Read_MarksThatAreNoIndex_AreNotDeltas() =>
        Assert.Equal(0, Read(0, """{"seq_num":0,"timestamp":1,"body":"{\"data\":{\"delta\":\"a~b ~12345~ ~1234567~ ~\"}}"}""").Chunks);

    [Fact]
    public void Read_ErrorChunk_IsReported()
    {
        Read(0, WireText.Failure(0));

        Assert.Equal(["error chunk"], _turns.Lines);
    }

    [Fact]
    public void StartAt_Middle_ExpectsThatRecordNext()
    {
        StreamCheck check = new(_turns);
        check.StartAt(40);
        Read(check, WireText.Delta(40, 0), WireText.Delta(41, 1));

        Assert.True(check.Faults.None);
    }

    private StreamCheck Read(int expected, params string[] records)
    {
        StreamCheck check = new(_turns);
        check.Expect(expected);
        Read(check, records);
        return check;
    }

    private static void Read(StreamCheck check, params string[] records) =>
        new BatchScanner(check).Scan(Encoding.UTF8.GetBytes(WireText.Batch(records.Length, records)));

    private sealed class RecordedTurns : IStreamListener
    {
        public List<string> Lines { get; } = [];

        public void OnFirstChunk(long sequence) => Lines.Add($"first {sequence}");

        public void OnTurnComplete() => Lines.Add("turn complete");

        public void OnWindowEnd() => Lines.Add("window end");

        public void OnError(string kind) => Lines.Add(kind);
    }
}
