using AgentSessions.Pages.Chat;

namespace AgentSessions.Server.DemoAgents;

/// <summary>How the chat page presents the demonstration agents.</summary>
internal static class DemoAgentCards
{
    private static readonly AgentCard[] _cards =
    [
        new("tour", "Shows everything an agent can put into a chat: reasoning, tools, data, questions and approvals.")
        {
            IsFeatured = true,
            Suggestions = ["Plan a weekend in Lisbon", "Ask me a question", "Send an email to Ada", "Show me some formatting"],
        },
        new("assistant", "Answers with your model, and with the tools of your MCP servers.")
        {
            IsFeatured = true,
            Suggestions = ["What can you do?", "Explain event sourcing in three sentences"],
        },
        new("echo", "Repeats what you say, word by word.") { IsFeatured = true, Suggestions = ["Hello there"] },
        new("slow", "Takes four seconds: stop it, write into it, or reload the page while it answers. Told to hold, it waits for you in the middle.")
        {
            IsFeatured = true,
            Suggestions = ["Count for me", "hold"],
        },
        new("approval", "Asks before it sends an email.") { Suggestions = ["ada@example.com"] },
        new("tools", "Calls a tool and tells the result.") { Suggestions = ["The answer to everything"] },
        new("context", "Says what it knows of the conversation, as JSON.") { Suggestions = ["What do you see?"] },
        new("pause", "Falls silent for three seconds in the middle.") { Suggestions = ["Take a break"] },
        new("fail", "Fails in the middle of its answer, unless you say ok.") { Suggestions = ["Break", "ok"] },
        new("closer", "Closes the chat for good when you say bye.") { Suggestions = ["Hello", "bye"] },
        new("upgrade", "Hands over to its next version when you say upgrade.") { Suggestions = ["Who are you?", "upgrade"] },
        new("idle", "As context, but its run ends after every answer.") { Suggestions = ["Hello again"] },
        new("big", "Sends as many letters at once as you ask for.") { Suggestions = ["2000"] },
        new("load", "For measuring: go N D sends N pieces, D milliseconds apart.") { Suggestions = ["go 200 10"] },
        new("handover", "Goes on from an answer that another process began."),
    ];

    /// <summary>Registers the cards.</summary>
    public static void AddDemoAgentCards(this IServiceCollection services)
    {
        foreach (AgentCard card in _cards)
        {
            services.AddSingleton(card);
        }
    }
}
