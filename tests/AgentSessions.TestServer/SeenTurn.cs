namespace AgentSessions.TestServer;

/// <summary>A turn as a reader saw it, up to its boundary.</summary>
/// <param name="Records">What came since the boundary before.</param>
/// <param name="IsWhole">Whether nothing of it was trimmed before the reader came.</param>
public sealed record SeenTurn(IReadOnlyList<WireRecord> Records, bool IsWhole)
{
    /// <summary>The turns among the records that a reader saw. Records behind the last boundary are no turn yet.</summary>
    /// <param name="seen">What it saw, in order.</param>
    public static IEnumerable<SeenTurn> Among(IEnumerable<WireRecord> seen)
    {
        var turn = new List<WireRecord>();
        bool isWhole = true;
        long next = 0;
        foreach (WireRecord record in seen)
        {
            isWhole &= record.Sequence == next;
            next = record.Sequence + 1;
            turn.Add(record);
            if (record.IsBoundary)
            {
                yield return new SeenTurn(turn, isWhole);
                turn = [];
                isWhole = true;
            }
        }
    }

    /// <summary>The record that ends it.</summary>
    public WireRecord Boundary => Records[^1];

    /// <summary>How many deltas it has, those of answers that broke off among them.</summary>
    public int Tokens => Records.Count(static record => record.Delta is not null);

    /// <summary>What readers are told of its failure, or null. What failed with a run that died before the boundary is no failure of this turn.</summary>
    public string? Error => Records.Reverse().TakeWhile(static record => record.BegunMessage is null).Select(static record => record.ErrorText).FirstOrDefault(static text => text is not null);

    /// <summary>The answers it began, in order: the last one is the turn's own, and runs died with those before it.</summary>
    public IReadOnlyList<SeenAnswer> Answers
    {
        get
        {
            var answers = new List<SeenAnswer>();
            foreach (WireRecord record in Records)
            {
                if (record.BegunMessage is { } id)
                {
                    answers.Add(new SeenAnswer(id, ""));
                }
                else if (record.Delta is { } delta && answers.Count > 0)
                {
                    answers[^1] = answers[^1] with { Text = answers[^1].Text + delta };
                }
            }

            return answers;
        }
    }
}

/// <summary>An answer that a reader saw begin.</summary>
/// <param name="MessageId">The id of its message.</param>
/// <param name="Text">What was said of it.</param>
public sealed record SeenAnswer(string MessageId, string Text);
