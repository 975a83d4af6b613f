namespace AgentSessions.TestServer;

/// <summary>Judges a chat after the fire: every message has one boundary and one answer, which is what its agent must say, and all stands in the transcript once.</summary>
/// <remarks>
/// Deaths of runs may keep a message from a turn of its own in two ways (lifecycle document, section 12), and nothing else may. A message that had
/// begun to be answered keeps what was said if others wait behind it; it is covered by the boundary of the next one that is answered. A message that
/// outlived too many runs is given up: an error and a boundary.
/// </remarks>
/// <param name="chatId">The session's external id.</param>
/// <param name="answers">What must be said.</param>
/// <param name="mayBeGivenUp">Whether runs died often enough while a message was owed.</param>
public sealed class ChatOracle(string chatId, DemoAnswers answers, Func<int, bool> mayBeGivenUp)
{
    private const string GivenUp = "The message could not be answered.";

    private readonly List<string> _violations = [];
    private readonly Dictionary<int, SeenAnswer> _answered = [];
    private readonly Dictionary<int, IReadOnlyList<SeenAnswer>> _keptOne = [];
    private readonly HashSet<int> _unseen = [];
    private readonly HashSet<int> _givenUp = [];

    /// <summary>How many messages kept an answer that broke off.</summary>
    public int BrokenOff { get; private set; }

    /// <summary>How many messages were given up.</summary>
    public int Abandoned { get; private set; }

    /// <summary>Judges.</summary>
    /// <param name="messages">How many messages were acknowledged; message n stands at n.</param>
    /// <param name="seen">What a reader of <c>out</c> saw, in order.</param>
    /// <param name="transcript">What is stored.</param>
    /// <returns>What is wrong: nothing.</returns>
    public IReadOnlyList<string> Judge(int messages, IReadOnlyList<WireRecord> seen, IReadOnlyList<WireMessage> transcript)
    {
        int next = 0;
        foreach (SeenTurn turn in SeenTurn.Among(seen))
        {
            int last = (int)turn.Boundary.Floor;
            if (last < next || last >= messages)
            {
                Complain($"boundary {turn.Boundary.Sequence} answers up to message {last}, between {next} and {messages - 1} expected");
                continue;
            }

            JudgeTurn(turn, next, last);
            next = last + 1;
        }

        if (next != messages)
        {
            Complain($"no boundary covers the messages from {next} to {messages - 1}");
        }

        JudgeTranscript(messages, transcript);
        return _violations;
    }

    /// <summary>The turn of a message, whose boundary may cover others before it.</summary>
    private void JudgeTurn(SeenTurn turn, int first, int last)
    {
        if (!turn.IsWhole)
        {
            _unseen.UnionWith(Enumerable.Range(first, last - first + 1));
            return;
        }

        IReadOnlyList<SeenAnswer> begun = turn.Answers;
        if (turn.Error is { } error)
        {
            if (error != GivenUp || !mayBeGivenUp(last))
            {
                Complain($"message {last} was answered with the error '{error}'");
            }

            _givenUp.Add(last);
        }
        else if (begun is not [.., var own] || !answers.IsWhole(last, own.Text))
        {
            Complain($"message {last} was answered with '{(begun.Count == 0 ? null : begun[^1].Text)}' up to boundary {turn.Boundary.Sequence}");
        }
        else
        {
            _answered[last] = own;
            begun = [.. begun.SkipLast(1)];
        }

        JudgeBrokenOff(begun, first, last);
    }

    /// <summary>Each answer that broke off was one of the messages', in their order; and all messages but the last need one that they keep.</summary>
    private void JudgeBrokenOff(IReadOnlyList<SeenAnswer> begun, int first, int last)
    {
        int message = first;
        foreach (SeenAnswer answer in begun)
        {
            while (message <= last && !answers.IsBegun(message, answer.Text))
            {
                message++;
            }

            if (message > last)
            {
                Complain($"'{answer.Text}' was begun, which answers none of the messages {first} to {last}");
                break;
            }
        }

        SeenAnswer[] kept = [.. begun.Where(static answer => answer.Text.Length > 0)];
        if (kept.Length < last - first)
        {
            Complain($"one boundary covers the messages {first} to {last}, of which {kept.Length} had begun to be answered");
        }

        for (int covered = first; covered < last; covered++)
        {
            _keptOne[covered] = kept;
        }
    }

    private void JudgeTranscript(int messages, IReadOnlyList<WireMessage> transcript)
    {
        foreach (IGrouping<string, WireMessage> repeated in transcript.GroupBy(static message => message.Id).Where(static group => group.Count() > 1))
        {
            Complain($"the transcript holds {repeated.Key} {repeated.Count()} times");
        }

        int place = 0;
        for (int message = 0; message < messages; message++)
        {
            if (place >= transcript.Count || transcript[place] is not { Role: "user" } user || user.Id != answers.MessageId(message) || user.Text != answers.Message(message))
            {
                Complain($"the transcript holds {(place < transcript.Count ? transcript[place] : null)} at {place}, message {message} expected");
                return;
            }

            WireMessage[] said = [.. transcript.Skip(++place).TakeWhile(static message => message.Role != "user")];
            place += said.Length;
            JudgeStored(message, said);
        }

        if (place < transcript.Count)
        {
            Complain($"the transcript goes on behind the last message with {transcript[place]}");
        }
    }

    private void JudgeStored(int message, WireMessage[] said)
    {
        bool isRight = said is [{ Role: "assistant" } answer] && (_answered.TryGetValue(message, out SeenAnswer? own)
            ? (answer.Id, answer.Text) == (own.MessageId, own.Text)
            : !_keptOne.ContainsKey(message) && answers.IsWhole(message, answer.Text));
        if (isRight)
        {
            return;
        }

        if (said is [{ Role: "assistant" } partial] && partial.Text.Length > 0 && MayBeBrokenOff(message, partial))
        {
            BrokenOff++;
        }
        else if ((_givenUp.Contains(message) || _unseen.Contains(message)) && mayBeGivenUp(message) && said is [] or [{ Role: "assistant" }])
        {
            Abandoned++;
        }
        else
        {
            Complain($"the transcript answers message {message} with [{string.Join(", ", said.AsEnumerable())}]");
        }
    }

    /// <summary>What a reader saw of it before it broke off is what is kept; what nobody saw must at least be the right answer's beginning.</summary>
    private bool MayBeBrokenOff(int message, WireMessage partial) => _keptOne.TryGetValue(message, out IReadOnlyList<SeenAnswer>? kept)
        ? kept.Contains(new SeenAnswer(partial.Id, partial.Text)) && answers.IsBegun(message, partial.Text)
        : _unseen.Contains(message) && answers.IsBegun(message, partial.Text);

    private void Complain(string violation) => _violations.Add($"{chatId}: {violation}");
}
