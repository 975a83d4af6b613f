using System.Text.Json.Serialization;
using AgentSessions.Core.Runs;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Guide;

/// <summary>An agent as the guide teaches it: typed actions, refused messages, data parts, an end of its own making.</summary>
public sealed class HelpDesk : ChatAgent
{
    private const int MaxQuestion = 200;

    protected override Task<IReadOnlyList<UIMessage>> OnValidateMessagesAsync(
        TurnContext turn, IReadOnlyList<UIMessage> incoming, CancellationToken cancellationToken) => incoming.Any(message => message.Text.Length > MaxQuestion)
        ? throw new AgentUserException($"Please ask in at most {MaxQuestion} characters.")
        : Task.FromResult(incoming);

    protected override Task<ActionOutcome> OnActionAsync(ActionContext action, CancellationToken cancellationToken)
    {
        switch (action.Read<DeskAction>())
        {
            case Undo:
                action.History.Slice(..^2);
                return Task.FromResult(ActionOutcome.Edited);
            case Escalate escalate:
                return Task.FromResult(ActionOutcome.Answer($"Hand this over to {escalate.To}."));
            default:
                return Task.FromResult(ActionOutcome.Edited);
        }
    }

    protected override Task RunAsync(TurnContext turn, CancellationToken cancellationToken) =>
        turn.RespondAsync(new ChatOptions { Instructions = "You help with printers." }, cancellationToken);

    protected override async Task OnBeforeTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken) =>
        await turn.Output.WriteDataAsync("tokens", turn.Usage.TotalTokenCount ?? 0, cancellationToken: cancellationToken);

    protected override Task OnTurnCompleteAsync(TurnCompleted turn, CancellationToken cancellationToken)
    {
        if (turn.Response?.Text.EndsWith("Goodbye.", StringComparison.Ordinal) is true)
        {
            turn.CloseSession("solved");
        }

        return Task.CompletedTask;
    }

    [JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
    [JsonDerivedType(typeof(Undo), "undo")]
    [JsonDerivedType(typeof(Escalate), "escalate")]
    public abstract record DeskAction;

    public sealed record Undo : DeskAction;

    public sealed record Escalate(string To) : DeskAction;

    public sealed class Tests
    {
        [Fact]
        public async Task Actions_UndoAndEscalate()
        {
            await using var host = await AgentTestHost.StartAsync<HelpDesk>();
            host.Model.Text("Is it on?").Text("Calling Ann.");
            await host.SendAsync("My printer is silent.");

            await host.SendActionAsync<DeskAction>(new Undo());
            TestTurn escalated = await host.SendActionAsync<DeskAction>(new Escalate("Ann"));

            Assert.Equal("Calling Ann.", escalated.Text);
            Assert.Equal(["Hand this over to Ann.", "Calling Ann."], (await host.TranscriptAsync()).Select(message => message.Text));
        }

        [Fact]
        public async Task ALongQuestion_IsRefusedInWords_TheNextOneIsAnswered()
        {
            await using var host = await AgentTestHost.StartAsync<HelpDesk>();
            host.Model.Text("Is it on?");

            TestTurn refused = await host.SendAsync(new string('x', MaxQuestion + 1));
            TestTurn answered = await host.SendAsync("My printer is silent.");

            Assert.Equal("Please ask in at most 200 characters.", refused.ErrorText);
            Assert.Equal("tokens", answered.Message!.Parts.OfType<DataPart>().Single().Name);
        }

        [Fact]
        public async Task ASolvedCase_IsClosed()
        {
            await using var host = await AgentTestHost.StartAsync<HelpDesk>();
            host.Model.Text("It was not plugged in. Goodbye.");

            await host.SendAsync("My printer is silent.");
            await host.RunsEndedAsync(1);

            Assert.Equal((RunEnd.Closed, "solved"), ((await host.RunsAsync())[0].End!.Value, (await host.SessionAsync()).ClosedReason));
            Assert.Equal(SessionErrorCode.SessionClosed, (await Assert.ThrowsAsync<SessionException>(() => host.PostAsync("Thanks!"))).Code);
        }
    }
}
