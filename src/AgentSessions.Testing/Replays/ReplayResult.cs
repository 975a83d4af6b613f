using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <summary>What new agent code made of a recorded session.</summary>
/// <param name="Turns">The recorded questions, each with the recorded and the new answer.</param>
/// <param name="UnusedReplies">Recorded model replies that the new code did not ask for.</param>
public sealed record ReplayResult(IReadOnlyList<ReplayedTurn> Turns, int UnusedReplies)
{
    /// <summary>What differs, one line each, such as <c>turn 2: the tool calls are [refund], were [lookup, refund]</c>. Empty if nothing does.</summary>
    public IReadOnlyList<string> Differences
    {
        get
        {
            var differences = Turns.SelectMany(static (turn, number) => turn.Differences.Select(difference => $"turn {number}: {difference}")).ToList();
            if (UnusedReplies > 0)
            {
                differences.Add($"{UnusedReplies} recorded model replies were not asked for");
            }

            return differences;
        }
    }
}

/// <summary>One recorded question, answered again.</summary>
/// <param name="Question">The question.</param>
/// <param name="Recorded">The recorded answer; null if there was none.</param>
/// <param name="Answer">The new answer; null if there is none.</param>
/// <param name="ErrorText">What the new turn said of its failure; null if it did not fail.</param>
public sealed record ReplayedTurn(UIMessage Question, UIMessage? Recorded, UIMessage? Answer, string? ErrorText)
{
    /// <summary>What differs, in words.</summary>
    public IEnumerable<string> Differences
    {
        get
        {
            if (ErrorText is not null)
            {
                yield return $"it failed with '{ErrorText}'";
            }

            if (Text(Answer) != Text(Recorded))
            {
                yield return $"the text is '{Text(Answer)}', was '{Text(Recorded)}'";
            }

            if (Calls(Answer) != Calls(Recorded))
            {
                yield return $"the tool calls are [{Calls(Answer)}], were [{Calls(Recorded)}]";
            }

            foreach (ToolPart call in Answer?.Tools ?? [])
            {
                if (Recorded?.Tools.FirstOrDefault(other => other.ToolCallId == call.ToolCallId) is { } before && Outcome(before) != Outcome(call))
                {
                    yield return $"the call {call.ToolName} came to {Outcome(call)}, was {Outcome(before)}";
                }
            }
        }
    }

    private static string Text(UIMessage? message) => message?.Text ?? "";

    private static string Calls(UIMessage? message) => string.Join(", ", message?.Tools.Select(static tool => tool.ToolName) ?? []);

    private static string Outcome(ToolPart call) =>
        $"{JsonNamingPolicy.KebabCaseLower.ConvertName(call.State.ToString())} {call.Output?.GetRawText() ?? call.ErrorText}".TrimEnd();
}
