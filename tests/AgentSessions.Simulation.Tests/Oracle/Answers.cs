using System.Text.RegularExpressions;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Simulation.Tests.Oracle;

/// <summary>R5, R7 and R8: every message is answered by one turn, with all that its agent said and nothing else, in the stream and in the transcript.</summary>
/// <remarks>
/// Deaths of runs leave answers that broke off. The last one of a turn is its own and must be whole; those before it are beginnings of what was said. A
/// boundary may cover messages before its own, each of which keeps the answer that it had begun to get (lifecycle document, section 12).
/// </remarks>
internal sealed class Answers(History history)
{
    private readonly List<string> _violations = [];

    /// <summary>What each answered message keeps, in the order of <c>in</c>.</summary>
    private readonly Dictionary<string, SeenAnswer> _kept = [];

    /// <param name="transcript">What is stored.</param>
    /// <returns>What is wrong: nothing.</returns>
    public IReadOnlyList<string> Judge(IReadOnlyList<WireMessage> transcript)
    {
        long floor = -1;
        foreach (SeenTurn turn in SeenTurn.Among(history.Out.Select(Seen)))
        {
            if (turn.Boundary.Floor <= floor || turn.Boundary.Floor >= history.In.Count)
            {
                _violations.Add($"Boundary {turn.Boundary.Sequence} consumes up to {turn.Boundary.Floor}; {floor} was consumed and {history.In.Count - 1} is the last.");
                continue;
            }

            JudgeTurn(turn, floor + 1);
            floor = turn.Boundary.Floor;
        }

        foreach ((string _, string message, long sequence) in history.Acknowledged.Where(answer => answer.Sequence > floor))
        {
            _violations.Add($"{message} was acknowledged at {sequence} and never answered; turns came up to {floor}.");
        }

        JudgeTranscript(transcript);
        return _violations;
    }

    private static WireRecord Seen(StreamRecord record) =>
        new(record.Sequence, record.Body, [.. record.Headers.Select(static header => (header.Name, header.Value))]);

    /// <summary>The turn of the message that its boundary names; those from the first on are covered by it too.</summary>
    private void JudgeTurn(SeenTurn turn, long first)
    {
        var begun = new Dictionary<string, SeenAnswer>();
        IReadOnlyList<SeenAnswer> answers = turn.Answers;
        foreach (SeenAnswer answer in answers.Where(static answer => answer.Text.Length > 0))
        {
            Match mention = Checks.Mention().Match(answer.Text);
            (string run, string message) = (mention.Groups["run"].Value, mention.Groups["message"].Value);
            begun[message] = answer;
            if (!history.Said.TryGetValue((run, message), out Saying? saying) || !saying.Text.StartsWith(answer.Text, StringComparison.Ordinal))
            {
                _violations.Add($"'{answer.Text}' is on out up to boundary {turn.Boundary.Sequence}; '{saying?.Text}' was said.");
            }
            else if (answer == answers[^1] && (!saying.IsEnded || answer.Text != saying.Text || saying.Fails != turn.Error is not null))
            {
                _violations.Add($"Boundary {turn.Boundary.Sequence} ends '{answer.Text}' with error '{turn.Error}'; {saying} was said.");
            }
        }

        for (long sequence = first; sequence <= turn.Boundary.Floor; sequence++)
        {
            string message = Checks.MessageOf(history.In[(int)sequence])!;
            if (!begun.Remove(message, out SeenAnswer? answer) || (sequence == turn.Boundary.Floor && answer != answers[^1]))
            {
                _violations.Add($"{message} was consumed by boundary {turn.Boundary.Sequence} without an answer.");
            }
            else
            {
                _kept.Add(message, answer);
            }
        }

        _violations.AddRange(begun.Keys.Select(message => $"{message} was answered up to boundary {turn.Boundary.Sequence}, which is not its own."));
    }

    private void JudgeTranscript(IReadOnlyList<WireMessage> transcript)
    {
        string[] expected = [.. _kept.SelectMany(static kept => (string[])[$"user {kept.Key}", $"assistant {kept.Value.MessageId} {kept.Value.Text}"])];
        string[] stored = [.. transcript.Select(static message => message.Role == "user" ? $"user {message.Id}" : $"{message.Role} {message.Id} {message.Text}")];
        if (!stored.SequenceEqual(expected))
        {
            _violations.Add($"The transcript holds [{string.Join(", ", stored)}], not [{string.Join(", ", expected)}].");
        }
    }
}
