using System.Buffers;
using System.Buffers.Text;

namespace AgentSessions.Benchmarks.Baseline;

/// <summary>What a message asks of the <c>load</c> agent: <c>go COUNT DELAY_MS</c>.</summary>
internal readonly record struct TurnCommand(int Chunks, TimeSpan Delay)
{
    /// <summary>Finds the command in an append's body; a body without one asks for no chunk.</summary>
    public static TurnCommand Find(ReadOnlySequence<byte> body)
    {
        ReadOnlySpan<byte> bytes = body.IsSingleSegment ? body.FirstSpan : body.ToArray();
        int at = bytes.IndexOf("\"text\":\"go "u8);
        if (at < 0 || !Utf8Parser.TryParse(bytes[(at + 11)..], out int chunks, out int digits))
        {
            return default;
        }

        Utf8Parser.TryParse(bytes[(at + 11 + digits + 1)..], out int milliseconds, out _);
        return new TurnCommand(chunks, TimeSpan.FromMilliseconds(milliseconds));
    }
}
