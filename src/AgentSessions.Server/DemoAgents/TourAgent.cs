using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Puts everything into a chat that a page can show, at the pace of a model and without one.</summary>
internal static class TourAgent
{
    private const string AskTool = "askUser";
    private const string SendTool = "sendEmail";
    private const string LookupTool = "lookupWeather";
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(22);

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        if (turn.Continued?.Tools.LastOrDefault() is { } call)
        {
            await GoOnAsync(turn, call, cancellationToken);
            return;
        }

        string text = turn.UIMessages.LastOrDefault(static message => message.Role == UIMessageRole.User)?.Text ?? "";
        int pictures = turn.Message?.Parts.OfType<FilePart>().Count() ?? 0;
        await (pictures > 0 ? SayAsync(turn, TourTexts.Pictures(pictures), cancellationToken)
            : text.Contains("question", StringComparison.OrdinalIgnoreCase) ? AskAsync(turn, cancellationToken)
            : text.Contains("email", StringComparison.OrdinalIgnoreCase) ? SendAsync(turn, text, cancellationToken)
            : text.Contains("format", StringComparison.OrdinalIgnoreCase) ? SayAsync(turn, TourTexts.Formatting, cancellationToken)
            : PlanAsync(turn, text, cancellationToken));
    }

    private static async Task PlanAsync(TurnContext turn, string text, CancellationToken cancellationToken)
    {
        await turn.Output.WriteAsync(new ReasoningStartChunk("thought"), cancellationToken);
        foreach (string word in TourTexts.Words(TourTexts.Thought))
        {
            await turn.Output.WriteAsync(new ReasoningDeltaChunk("thought", word), cancellationToken);
            await Task.Delay(_pace, cancellationToken);
        }

        await turn.Output.WriteAsync(new ReasoningEndChunk("thought"), cancellationToken);
        await SayAsync(turn, "Let me look at the weather first.\n", cancellationToken);
        string id = $"call_{turn.Output.MessageId}";
        await turn.Output.WriteAsync(new ToolInputStartChunk(id, LookupTool), cancellationToken);
        await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, LookupTool, UIJson.ToElement(new { place = "Lisbon", days = 2 })), cancellationToken);
        await turn.Output.WriteDataAsync("status", new { text = "Asking the weather service" }, transient: true, cancellationToken: cancellationToken);
        await Task.Delay(_pace * 30, cancellationToken);
        await turn.Output.WriteAsync(new ToolOutputAvailableChunk(id, UIJson.ToElement(new { saturday = "sunny, 24 °C", sunday = "some clouds, 22 °C" })), cancellationToken);
        await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        await SayAsync(turn, TourTexts.Plan(text), cancellationToken);
        await turn.Output.WriteDataAsync("plan", new { saturday = "Alfama, tram 28", sunday = "Belém, the river" }, cancellationToken: cancellationToken);
        await turn.Output.WriteAsync(new SourceUrlChunk("visit", "https://www.visitlisboa.com/") { Title = "Visit Lisboa" }, cancellationToken);
    }

    private static async Task AskAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        await SayAsync(turn, "Gladly. Here it is:", cancellationToken);
        string id = $"call_{turn.Output.MessageId}";
        var question = new { question = "Where would you like to go?", options = new[] { "The sea", "The mountains", "A city" } };
        await turn.Output.WriteAsync(new ToolInputStartChunk(id, AskTool), cancellationToken);
        await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, AskTool, UIJson.ToElement(question)), cancellationToken);
    }

    private static async Task SendAsync(TurnContext turn, string text, CancellationToken cancellationToken)
    {
        await SayAsync(turn, "I have written it. May I send it?", cancellationToken);
        string id = $"call_{turn.Output.MessageId}";
        await turn.Output.WriteAsync(new ToolInputStartChunk(id, SendTool), cancellationToken);
        await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, SendTool, UIJson.ToElement(new { to = "ada@example.com", subject = text })), cancellationToken);
        await turn.Output.WriteAsync(new ToolApprovalRequestChunk($"approval_{turn.Output.MessageId}", id), cancellationToken);
    }

    /// <summary>The user has answered what the message left open.</summary>
    private static async Task GoOnAsync(TurnContext turn, ToolPart call, CancellationToken cancellationToken)
    {
        if (call.ToolName == AskTool)
        {
            await SayAsync(turn, $"\n\n**{call.Output?.ToString()}** it is. A fine choice: shall I plan it?", cancellationToken);
            return;
        }

        bool isApproved = call.Approval?.Approved is true;
        await turn.Output.WriteAsync(
            isApproved ? new ToolOutputAvailableChunk(call.ToolCallId, UIJson.ToElement(new { sent = true })) : new ToolOutputDeniedChunk(call.ToolCallId),
            cancellationToken);
        await turn.Output.WriteAsync(new FinishStepChunk(), cancellationToken);
        await SayAsync(turn, isApproved ? "The email is on its way." : "All right, nothing was sent.", cancellationToken);
    }

    private static async Task SayAsync(TurnContext turn, string text, CancellationToken cancellationToken)
    {
        foreach (string word in TourTexts.Words(text))
        {
            await turn.Output.WriteTextAsync(word, cancellationToken);
            await Task.Delay(_pace, cancellationToken);
        }
    }
}
