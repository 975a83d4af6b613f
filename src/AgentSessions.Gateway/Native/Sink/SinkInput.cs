using System.Text;
using System.Text.Unicode;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>What one call or frame brings.</summary>
/// <param name="Records">In order.</param>
/// <param name="ExpectedTail">The tail they must land at; null for wherever it is.</param>
internal sealed record SinkInput(IReadOnlyList<NewRecord> Records, Cursor? ExpectedTail)
{
    /// <summary>Records in one call or frame.</summary>
    public const int MaxRecords = 1000;

    /// <summary>A record from raw bytes.</summary>
    public static NewRecord Record(ReadOnlyMemory<byte> body, IReadOnlyList<RecordHeader> headers)
    {
        bool isCommand = headers is [{ Name.Length: 0 }, ..];
        return new NewRecord(isCommand ? Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(body.Span)) : AsText(body), headers);
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static ReadOnlyMemory<byte> AsText(ReadOnlyMemory<byte> body) =>
        Utf8.IsValid(body.Span) ? body : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span));
}
