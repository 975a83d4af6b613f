using System.Text.Json;

namespace AgentSessions.Core.Sessions;

/// <summary>Takes away the mark that only server-side ingress may put on an action: <c>payload.actionSource: "webhook"</c> (wire document, section 5.1).</summary>
/// <remarks>
/// Works on the bytes, so that the rest of a record stays as its client wrote it, and so that text which cannot be a .NET string (half of a
/// surrogate pair) neither fails the append nor hides a mark.
/// </remarks>
internal static class WebhookMark
{
    /// <summary>The source that no client may claim.</summary>
    public const string Value = "webhook";

    // The agent's own parser gives up long before.
    private static readonly JsonReaderOptions _options = new() { MaxDepth = 1000 };

    public static ReadOnlyMemory<byte> Remove(ReadOnlyMemory<byte> text)
    {
        // The key could be written with escapes, so a text with any is looked at too.
        if (text.Span.IndexOf("actionSource"u8) < 0 && text.Span.IndexOf("\\u"u8) < 0)
        {
            return text;
        }

        List<Range> marks = Find(text.Span);
        if (marks.Count == 0)
        {
            return text;
        }

        List<byte> rest = [.. text.Span];
        for (int i = marks.Count - 1; i >= 0; i--)
        {
            Cut(rest, marks[i].Start.Value, marks[i].End.Value);
        }

        return rest.ToArray();
    }

    /// <summary>Where the marks are: name and value.</summary>
    private static List<Range> Find(ReadOnlySpan<byte> text)
    {
        var marks = new List<Range>();
        var reader = new Utf8JsonReader(text, _options);
        try
        {
            bool isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (isObject && NextProperty(ref reader, depth: 1))
            {
                bool isPayload = Is(ref reader, "payload"u8);
                reader.Read();
                if (!isPayload || reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                while (NextProperty(ref reader, depth: 2))
                {
                    int start = (int)reader.TokenStartIndex;
                    bool isSource = Is(ref reader, "actionSource"u8);
                    reader.Read();
                    if (isSource && reader.TokenType == JsonTokenType.String && Is(ref reader, "webhook"u8))
                    {
                        marks.Add(start..(int)reader.BytesConsumed);
                    }

                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON means nothing to any agent.
            marks.Clear();
        }

        return marks;
    }

    private static bool NextProperty(ref Utf8JsonReader reader, int depth) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth;

    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Cuts a property out, with the comma that would be left over.</summary>
    private static void Cut(List<byte> text, int start, int end)
    {
        int next = end;
        while (IsSpace(text[next]))
        {
            next++;
        }

        if (text[next] == ',')
        {
            end = next + 1;
        }
        else
        {
            int before = start - 1;
            while (IsSpace(text[before]))
            {
                before--;
            }

            start = text[before] == ',' ? before : start;
        }

        text.RemoveRange(start, end - start);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
