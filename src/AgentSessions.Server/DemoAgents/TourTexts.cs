namespace AgentSessions.Server.DemoAgents;

/// <summary>What <see cref="TourAgent"/> says.</summary>
internal static class TourTexts
{
    public const string Thought =
        "The user wants a plan. Two days are enough for the old town and the river. I should check the weather before I promise a walk along the water.";

    public const string Formatting = """
        ## Some formatting

        Text can be **strong**, *soft*, or `exact`, and lead [elsewhere](https://example.com/).

        1. First things first
        2. Second things second

        > What is quoted stands apart.

        ```csharp
        builder.Services.AddAgentSessions()
            .AddAgent("support", (turn, ct) => turn.RespondAsync(model, cancellationToken: ct));
        ```

        | stream | holds |
        | --- | --- |
        | `in` | messages |
        | `out` | chunks |
        """;

    public static string Plan(string text) => $"Both days look good. For \"{text}\" I suggest:\n\n" + """
        - **Saturday**: a slow morning in *Alfama*, lunch at the market, tram 28 in the evening.
        - **Sunday**: the river at *Belém*, and the pastries there while they are warm.

        Pack light shoes. The hills are steeper than they look.
        """;

    public static string Pictures(int count) =>
        count == 1 ? "Thank you, the picture arrived. I cannot see without a model behind me, but it is kept with this conversation."
        : $"Thank you, all {count} pictures arrived and are kept with this conversation.";

    /// <summary>Pieces as a model would send them: a word with the white space behind it.</summary>
    public static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i]))
            {
                yield return text[start..i];
                start = i;
            }
        }

        yield return text[start..];
    }
}
