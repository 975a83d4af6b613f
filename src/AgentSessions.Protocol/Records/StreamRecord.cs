using System.Globalization;

namespace AgentSessions.Protocol.Records;

/// <summary>One entry of a stream, decoded.</summary>
/// <param name="Sequence">Its place: 0 for the first record of a stream.</param>
/// <param name="Timestamp">When it was made, in Unix milliseconds.</param>
/// <param name="Body">Its text: for data the JSON <c>{"data":…,"id":…}</c>, for a control record empty.</param>
/// <param name="Headers">Empty for data.</param>
public sealed record StreamRecord(long Sequence, long Timestamp, string Body, IReadOnlyList<RecordHeader> Headers)
{
    /// <summary>Whether this is a command: never shown to clients, though it takes a sequence number.</summary>
    public bool IsCommand => Headers.Count > 0 && Headers[0].Name.Length == 0;

    /// <summary>The control subtype, or null for data and commands.</summary>
    public string? Control => Header(ControlHeaders.Control);

    /// <summary>The sequence on <c>in</c> that a control record names, on a boundary the resume floor; null if it names none.</summary>
    public long? InEventId =>
        long.TryParse(Header(ControlHeaders.InEventId), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) ? sequence : null;

    /// <summary>The value of the first header with this name, or null.</summary>
    public string? Header(string name)
    {
        foreach (RecordHeader header in Headers)
        {
            if (header.Name == name)
            {
                return header.Value;
            }
        }

        return null;
    }
}
