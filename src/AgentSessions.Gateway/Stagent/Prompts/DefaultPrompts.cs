using AgentSessions.Gateway.Stagent.Entities;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Prompts;

/// <summary>Prompts about what there is, filled up with some that always fit.</summary>
internal sealed class DefaultPrompts(IEnumerable<IEntitySource> sources) : IPromptSource
{
    private const int MaxPrompts = 5;
    private const int MaxName = 30;
    private const string Ellipsis = "...";

    public async ValueTask<IReadOnlyList<PromptCategory>> SuggestAsync(GatewayUser user, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> projects = await NamesAsync("project", user, cancellationToken);
        IReadOnlyList<string> documents = await NamesAsync("document", user, cancellationToken);
        IReadOnlyList<string> agents = await NamesAsync("profile", user, cancellationToken);
        return
        [
            Category(
                "explore", "Explore", "Search",
                projects.Select(static name => About("Explain", name, $"Give me an overview of the project {name}: what it does and how it is built.")),
                new SuggestedPrompt("What can you do?", "What can you help me with? Give me three examples."),
                new SuggestedPrompt("Summarise a topic", "Summarise a topic for me. Ask me which one first.")),
            Category(
                "create", "Create", "PlusCircle",
                documents.Select(static name => About("Build on", name, $"Write a follow-up to the document {name}.")),
                new SuggestedPrompt("Draft a plan", "Draft a plan for my next piece of work. Ask me what it is about."),
                new SuggestedPrompt("Write a short text", "Write a short text with me: ask for its purpose and its readers first.")),
            Category(
                "debug", "Debug", "Bug",
                projects.Select(static name => About("Find problems in", name, $"Look for likely problems in the project {name} and say how to check them.")),
                new SuggestedPrompt("Explain an error", "Explain an error message to me. I will paste it."),
                new SuggestedPrompt("Find a cause", "Help me find the cause of a problem, one question at a time.")),
            Category(
                "automate", "Automate", "Zap",
                agents.Select(static name => About("Put to work:", name, $"What could the agent {name} do for me regularly?")),
                new SuggestedPrompt("Turn steps into a routine", "Turn something I do by hand into a routine. Ask me for the steps.")),
            Category(
                "smart", "Smart picks", "Sparkles",
                documents.Select(static name => About("Review", name, $"Review the document {name} and name its three weakest points.")),
                new SuggestedPrompt("What should I do next?", "Given what we talked about, what should I do next?")),
        ];
    }

    private async ValueTask<IReadOnlyList<string>> NamesAsync(string type, GatewayUser user, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (IEntitySource source in sources.Where(source => source.EntityType == type))
        {
            names.AddRange((await source.SearchAsync(user, "", MaxPrompts, cancellationToken)).Select(static entity => entity.Label));
        }

        return names;
    }

    private static PromptCategory Category(string id, string label, string icon, IEnumerable<SuggestedPrompt> own, params SuggestedPrompt[] always) =>
        new(id, label, icon, [.. own.Take(MaxPrompts - always.Length).Concat(always)]);

    private static SuggestedPrompt About(string verb, string name, string prompt) =>
        new($"{verb} {(name.Length > MaxName ? name[..(MaxName - Ellipsis.Length)] + Ellipsis : name)}", prompt);
}
