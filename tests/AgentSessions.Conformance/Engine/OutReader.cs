using System.Text.Json;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance.Engine;

/// <summary>Follows a stream and keeps what it saw; every record must be the next one that is kept.</summary>
public sealed class OutReader(StreamTail tail) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>What was read, in order.</summary>
    public List<StreamRecord> Records { get; } = [];

    /// <summary>Reads until a record is as asked.</summary>
    public async Task<StreamRecord> UntilAsync(Func<StreamRecord, bool> match, string what)
    {
        int looked = 0;
        while (true)
        {
            for (; looked < Records.Count; looked++)
            {
                if (match(Records[looked]))
                {
                    return Records[looked];
                }
            }

            RecordBatch batch = await tail.ReadAsync(_patience)
                ?? throw new TimeoutException($"Not seen within {_patience}: {what}. Seen: {string.Join(", ", Records.Select(Show))}");
            foreach (StreamRecord record in batch.Decode())
            {
                if (Records.Count > 0 && record.Sequence != Records[^1].Sequence + 1)
                {
                    // Whoever is more than a turn behind may miss what was trimmed, and that ends at a boundary.
                    Assert.True(record.Sequence > Records[^1].Sequence, "A record came again.");
                    Assert.Equal(ControlHeaders.TurnComplete, record.Control);
                }

                Records.Add(record);
            }
        }
    }

    /// <summary>Reads until the boundary of the turn that consumed this record of <c>in</c>.</summary>
    public Task<StreamRecord> BoundaryAsync(long input) => UntilAsync(
        record => record.Control == ControlHeaders.TurnComplete && long.Parse(record.Header(ControlHeaders.InEventId) ?? "-1") >= input,
        $"the boundary of input {input}");

    /// <summary>Reads until the text so far ends like this.</summary>
    public Task<StreamRecord> TextAsync(string end)
    {
        string text = "";
        return UntilAsync(
            record =>
            {
                text += Delta(record);
                return text.EndsWith(end, StringComparison.Ordinal);
            },
            $"text ending with '{end}'");
    }

    /// <summary>The text of all deltas read.</summary>
    public string Text => string.Concat(Records.Select(Delta));

    /// <inheritdoc/>
    public void Dispose() => tail.Dispose();

    private static string Delta(StreamRecord record)
    {
        if (record.Headers.Count > 0)
        {
            return "";
        }

        JsonElement chunk = JsonElement.Parse(record.Body).GetProperty("data");
        return chunk.GetProperty("type").GetString() == "text-delta" ? chunk.GetProperty("delta").GetString()! : "";
    }

    private static string Show(StreamRecord record) => $"{record.Sequence} {record.Control ?? record.Body}";
}
