using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Simulation.Tests.Oracle;

/// <summary>The one judge of every simulation: nothing acknowledged is lost, order holds, one owner writes, every message is answered once.</summary>
internal static partial class Checks
{
    /// <param name="history">All that was stored and told.</param>
    /// <param name="transcript">The transcript as it is stored at the end.</param>
    public static IEnumerable<string> Judge(History history, StoredTranscript transcript) =>
    [
        .. history.Violations,
        .. Creations(history),
        .. Appends(history),
        .. Owners(history),
        .. new Answers(history).Judge([.. transcript.Messages.Select(static message => WireMessage.Read(JsonNode.Parse(message.Json.Span)!))]),
    ];

    /// <summary>Whether every message on <c>in</c> is behind a boundary.</summary>
    public static bool IsAnswered(History history)
    {
        StreamRecord? boundary = history.Out.FindLast(static record => record.Control == ControlHeaders.TurnComplete);
        return boundary is not null && ConsumedBy(boundary) >= history.In.Count - 1;
    }

    private static IEnumerable<string> Creations(History history)
    {
        if (history.Creations > 1)
        {
            yield return $"{history.Creations} creates made the session.";
        }
    }

    /// <summary>R1, R3, R4: what was acknowledged is there, once, where the answer said.</summary>
    private static IEnumerable<string> Appends(History history)
    {
        foreach (IGrouping<string, (string PartId, string MessageId, long Sequence)> part in history.Acknowledged.GroupBy(answer => answer.PartId))
        {
            if (part.Select(answer => answer.Sequence).Distinct().Count() > 1)
            {
                yield return $"Appends of {part.Key} were answered with different places.";
            }

            (string _, string message, long sequence) = part.First();
            if (sequence >= history.In.Count || !IsMessage(history.In[(int)sequence], message))
            {
                yield return $"{message} is not at {sequence}, where its append said.";
            }

            if (history.In.Count(record => IsMessage(record, message)) != 1)
            {
                yield return $"{message} is on in more than once.";
            }
        }
    }

    /// <summary>R9: once a run has written, no earlier run of the session writes.</summary>
    private static IEnumerable<string> Owners(History history)
    {
        long newest = 0;
        foreach (StreamRecord record in history.Out)
        {
            if (Mention().Match(record.Body) is { Success: true } said)
            {
                long number = history.RunNumbers[said.Groups["run"].Value];
                if (number < newest)
                {
                    yield return $"Run {number} wrote record {record.Sequence} after run {newest} had written.";
                }

                newest = number;
            }
        }
    }

    private static long ConsumedBy(StreamRecord boundary) =>
        long.Parse(boundary.Headers.First(static header => header.Name == ControlHeaders.InEventId).Value, CultureInfo.InvariantCulture);

    private static bool IsMessage(StreamRecord record, string message) => MessageOf(record) == message;

    /// <summary>The id of the user's message that a record of <c>in</c> is, or null.</summary>
    public static string? MessageOf(StreamRecord record) => Id().Match(record.Body) is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>How an answer begins: with the run that gives it and the message it answers.</summary>
    [GeneratedRegex(@"\[(?<run>run_\d+) (?<message>m\d+-\d+)\]")]
    public static partial Regex Mention();

    [GeneratedRegex(@"\\""id\\"":\\""(m\d+-\d+)\\""")]
    private static partial Regex Id();
}
