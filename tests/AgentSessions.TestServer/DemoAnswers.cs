using System.Text.Json;

namespace AgentSessions.TestServer;

/// <summary>What a demonstration agent must answer to the messages of a chat.</summary>
/// <param name="agent"><c>load</c>, <c>echo</c> or <c>idle</c>.</param>
/// <param name="partId">The part id of a message, by its place on <c>in</c>.</param>
/// <param name="text">What it says.</param>
public sealed class DemoAnswers(string agent, Func<int, string> partId, Func<int, string> text)
{
    /// <summary>The id of the message at a place.</summary>
    public string MessageId(int number) => $"msg-{partId(number)}";

    /// <summary>What the message at a place says.</summary>
    public string Message(int number) => text(number);

    /// <summary>Whether this, and all of it, is what must be said.</summary>
    public bool IsWhole(int number, string said) => agent == "idle" ? KnowsEveryMessage(number, said) : said == Answer(number);

    /// <summary>Whether an answer that broke off here was the right one.</summary>
    public bool IsBegun(int number, string said) =>
        agent == "idle" ? said.Length == 0 || KnowsEveryMessage(number, said) : Answer(number).StartsWith(said, StringComparison.Ordinal);

    private string Answer(int number) => agent switch
    {
        "echo" => $"You said: {text(number)}",
        "load" when text(number).Split(' ') is ["go", var tokens, _] => string.Concat(Enumerable.Range(0, int.Parse(tokens)).Select(static i => $"~{i:D6}~abcdefghijk ")),
        _ => throw new InvalidOperationException($"What {agent} says to '{text(number)}' is not known."),
    };

    /// <summary>This agent says in one piece what it knows of the conversation.</summary>
    private bool KnowsEveryMessage(int number, string said)
    {
        try
        {
            using JsonDocument context = JsonDocument.Parse(said);
            return context.RootElement.GetProperty("userTexts").EnumerateArray().Select(static user => user.GetString()).SequenceEqual(Enumerable.Range(0, number + 1).Select(text));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
