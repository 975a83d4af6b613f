using System.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Tests;

public sealed class BatchScannerTests
{
    private static readonly string[] s_records = [WireText.Other(0, "start"), WireText.Delta(1, 0), WireText.Delta(2, 1), WireText.TurnComplete(3), WireText.Trim(4)];

    private static readonly string s_body =
        WireText.Ping + WireText.Batch(2, s_records[0], s_records[1]) + WireText.Batch(5, s_records[2], s_records[3], s_records[4]) + WireText.Ping + WireText.Done;

    [Fact]
    public void Scan_WholeBody_ReportsEveryRecordOnce()
    {
        string[] seen = Scan(s_body);

        Assert.Equal(5 + 1, seen.Length);
        Assert.All(s_records.Zip(seen), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Equal("end", seen[^1]);
    }

    [Fact]
    public void Scan_CutAtEveryByte_ReportsTheSame()
    {
        string[] whole = Scan(s_body);

        for (int cut = 0; cut <= s_body.Length; cut++)
        {
            Assert.Equal(whole, Scan(s_body[..cut], s_body[cut..]));
        }
    }

    [Fact]
    public void Scan_ByteByByte_ReportsTheSame() =>
        Assert.Equal(Scan(s_body), Scan([.. s_body.Select(letter => letter.ToString())]));

    [Fact]
    public void Scan_BatchWithoutTail_ReportsItsLastRecord()
    {
        string body = WireText.Batch(2, WireText.Delta(0, 0), WireText.Delta(1, 1)).Replace(",\"tail\":{\"seq_num\":2,\"timestamp\":1795248140826}", "", StringComparison.Ordinal);

        Assert.Equal(2, Scan(body).Length);
    }

    [Fact]
    public void Scan_EmptyBatch_ReportsNothing() => Assert.Empty(Scan(WireText.Batch(3)));

    [Fact]
    public void Scan_RecordThatQuotesARecord_IsOneRecord()
    {
        string quoting = """{"seq_num":0,"timestamp":1,"body":"{\"data\":{\"text\":\"{\\\"seq_num\\\":9,\\\"tail\\\":1}\"}}"}""";

        Assert.Single(Scan(WireText.Batch(1, quoting)));
    }

    [Fact]
    public void Scan_ErrorEvent_IsReported() => Assert.Equal(["error"], Scan(WireText.Error));

    [Fact]
    public void Scan_BatchThatBeginsOtherwise_IsMalformedAndSkipped()
    {
        string body = "data: {\"records\":[{\"timestamp\":1,\"seq_num\":0}]}\n\n" + WireText.Batch(2, WireText.Delta(1, 0));

        string[] seen = Scan(body);

        Assert.Equal("malformed", seen[0]);
        Assert.Equal(2, seen.Length);
    }

    [Fact]
    public void Scan_LinesEndedByCarriageReturns_AreRead() =>
        Assert.Equal(Scan(s_body).Length, Scan(s_body.Replace("\n", "\r\n", StringComparison.Ordinal)).Length);

    /// <summary>Presents the pieces as a connection would: what was not dealt with comes again with the next piece behind it.</summary>
    private static string[] Scan(params string[] pieces)
    {
        RecordedEvents events = new();
        BatchScanner scanner = new(events);
        byte[] rest = [];
        foreach (string piece in pieces)
        {
            byte[] bytes = [.. rest, .. Encoding.UTF8.GetBytes(piece)];
            rest = bytes[scanner.Scan(bytes)..];
        }

        return [.. events.Lines];
    }
}
