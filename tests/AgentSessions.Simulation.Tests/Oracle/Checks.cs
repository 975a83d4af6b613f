using System.Globalization;
using System.Text.RegularExpressions;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Simulation.Tests.Oracle;

/// <summary>The one judge of every simulation: nothing acknowledged is lost, order holds, one owner writes, every message is answered once.</summary>
internal static partial class Checks
{
    public static IEnumerable<string> Judge(History history) =>
    [
        .. history.Violations,
        .. Creations(history),
        .. Appends(history),
        .. Owners(history),
        .. Turns(history),
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

    /// <summary>R7, R8: between two boundaries the messages that the later one consumes are answered, and never again.</summary>
    private static IEnumerable<string> Turns(History history)
    {
        long floor = -1;
        var answered = new HashSet<string>();
        var mentioned = new HashSet<string>();
        foreach (StreamRecord record in history.Out)
        {
            if (Mention().Match(record.Body) is { Success: true } said)
            {
                mentioned.Add(said.Groups["message"].Value);
            }

            if (record.Control != ControlHeaders.TurnComplete)
            {
                continue;
            }

            long consumed = ConsumedBy(record);
            if (consumed < floor)
            {
                yield return $"Boundary {record.Sequence} takes back what was consumed: {floor} to {consumed}.";
            }

            foreach (string message in mentioned.Where(message => !answered.Add(message)))
            {
                yield return $"{message} was answered again, up to boundary {record.Sequence}.";
            }

            for (long sequence = floor + 1; sequence <= consumed; sequence++)
            {
                if (MessageOf(history.In[(int)sequence]) is { } message && !answered.Contains(message))
                {
                    yield return $"{message} was consumed by boundary {record.Sequence} without an answer.";
                }
            }

            floor = consumed;
            mentioned.Clear();
        }

        foreach ((string _, string message, long sequence) in history.Acknowledged.Where(answer => answer.Sequence > floor))
        {
            yield return $"{message} was acknowledged at {sequence} and never answered; turns came up to {floor}.";
        }
    }

    private static long ConsumedBy(StreamRecord boundary) =>
        long.Parse(boundary.Headers.First(static header => header.Name == ControlHeaders.InEventId).Value, CultureInfo.InvariantCulture);

    private static bool IsMessage(StreamRecord record, string message) => MessageOf(record) == message;

    private static string? MessageOf(StreamRecord record) => Id().Match(record.Body) is { Success: true } found ? found.Groups[1].Value : null;

    [GeneratedRegex(@"\[(?<run>run_\d+) (?<message>m\d+-\d+)\]")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\\""id\\"":\\""(m\d+-\d+)\\""")]
    private static partial Regex Id();
}
