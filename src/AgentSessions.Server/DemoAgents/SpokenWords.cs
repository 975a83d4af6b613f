using System.Text;
using AgentSessions.Agents;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Says a text the way the appendix wants it: one delta for each word, with the white space behind it.</summary>
internal static class SpokenWords
{
    public static async Task SayAsync(this TurnContext turn, string text)
    {
        foreach (string word in Words(text))
        {
            await turn.Output.WriteTextAsync(word);
        }
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        bool hasEnded = false;
        foreach (char c in text)
        {
            if (hasEnded && !char.IsWhiteSpace(c))
            {
                yield return word.ToString();
                word.Clear();
                hasEnded = false;
            }

            hasEnded |= char.IsWhiteSpace(c);
            word.Append(c);
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
