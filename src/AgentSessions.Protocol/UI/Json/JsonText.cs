using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace AgentSessions.Protocol.UI;

/// <summary>Writes JSON values as compact UTF-8, with the escapes <c>JSON.stringify</c> would choose.</summary>
/// <remarks>
/// Only quotes, backslashes, control characters and lone surrogates are escaped. A lone surrogate becomes a
/// <c>\udxxx</c> escape instead of U+FFFD: a model may split a pair over two deltas, and the reader that joins the
/// deltas gets the character back.
/// </remarks>
internal static class JsonText
{
    // Bounds the span asked of the output: three bytes a character at most.
    private const int RunLength = 4096;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\");

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    public static JsonElement Null { get; } = JsonElement.Parse("null");

    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            var run = text[..Math.Min(text.Length, RunLength)];
            int escape = run.IndexOfAny(Escaped);
            if (escape == 0)
            {
                WriteEscape(output, text[0]);
                text = text[1..];
                continue;
            }

            if (escape > 0)
            {
                run = run[..escape];
            }

            // A pair must not be cut in two by the run length.
            if (run.Length == RunLength && text.Length > RunLength && char.IsHighSurrogate(run[^1]))
            {
                run = run[..^1];
            }

            text = text[WriteRun(output, run)..];
        }

        output.Write("\""u8);
    }

    public static JsonElement ToElement(string text)
    {
        var output = new ArrayBufferWriter<byte>(text.Length + 2);
        WriteString(output, text);
        return JsonElement.Parse(output.WrittenSpan);
    }

    public static void WriteElement(IBufferWriter<byte> output, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            output.Write("null"u8);
            return;
        }

        // The raw text keeps escapes as they came, lone surrogates included; only white space has to go, because a
        // line break would end the line of a server-sent event.
        var raw = JsonMarshal.GetRawUtf8Value(value);
        if (raw.IndexOfAny(WhiteSpace) < 0)
        {
            output.Write(raw);
        }
        else
        {
            WriteWithoutWhiteSpace(output, raw);
        }
    }

    private static int WriteRun(IBufferWriter<byte> output, ReadOnlySpan<char> run)
    {
        var status = Utf8.FromUtf16(
            run, output.GetSpan(run.Length * 3), out int read, out int written, replaceInvalidSequences: false);
        output.Advance(written);
        if (status == OperationStatus.Done)
        {
            return read;
        }

        WriteEscape(output, run[read]);
        return read + 1;
    }

    private static void WriteEscape(IBufferWriter<byte> output, char value)
    {
        switch (value)
        {
            case '"': output.Write("\\\""u8); break;
            case '\\': output.Write("\\\\"u8); break;
            case '\n': output.Write("\\n"u8); break;
            case '\r': output.Write("\\r"u8); break;
            case '\t': output.Write("\\t"u8); break;
            case '\b': output.Write("\\b"u8); break;
            case '\f': output.Write("\\f"u8); break;
            default:
                var span = output.GetSpan(6);
                "\\u"u8.CopyTo(span);
                ((int)value).TryFormat(span[2..], out _, "x4");
                output.Advance(6);
                break;
        }
    }

    private static void WriteWithoutWhiteSpace(IBufferWriter<byte> output, ReadOnlySpan<byte> raw)
    {
        var target = output.GetSpan(raw.Length);
        int length = 0;
        bool inString = false;
        for (int i = 0; i < raw.Length; i++)
        {
            byte current = raw[i];
            if (!inString && (current is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                continue;
            }

            target[length++] = current;
            if (current == '"')
            {
                inString = !inString;
            }
            else if (current == '\\')
            {
                target[length++] = raw[++i];
            }
        }

        output.Advance(length);
    }
}
