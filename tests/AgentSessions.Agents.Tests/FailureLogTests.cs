using System.ComponentModel.DataAnnotations;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Agents.Tests;

/// <summary>What the operator reads of failures: one line without text of the conversation for what the user is told, everything for what is a fault.</summary>
public sealed class FailureLogTests
{
    private static readonly string[] _ends = [" ended with ", " ended in ", " failed."];
    private readonly CollectedLogs _log = new();

    [Fact]
    public async Task ErrorForTheUser_IsOneLineOfInformation_WithoutItsText()
    {
        await using AgentTestHost host = await StartAsync(static _ => throw new AgentUserException("planted", new HttpRequestException("planted")));

        Assert.Equal("planted", (await host.SendAsync("a")).ErrorText);

        Assert.EndsWith("ended with an error for the user: AgentUserException: HttpRequestException.", Assert.Single(OfTurns("Information")), StringComparison.Ordinal);
        Assert.DoesNotContain("planted", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault_IsAnError_WithItsTrace()
    {
        await using AgentTestHost host = await StartAsync(static _ => throw new InvalidOperationException("found"));

        await host.SendAsync("a");

        Assert.Contains("InvalidOperationException: found", Assert.Single(OfTurns("Error")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientDataThatIsWrong_IsToldWithItsPlace()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync<Typed>(builder => builder.Services.AddLogging(logging => logging.AddProvider(_log)));

        await host.SendAsync("a", new { name = new { planted = 1 } });
        await host.SendAsync("b", new { });
        await host.SendAsync("c");

        Assert.Equal(
            ["ClientDataException: JsonException at $.name.", "ClientDataException: The Name field is required.", "ClientDataException: The message brings none."],
            OfTurns("Information").Select(static line => line[(line.IndexOf("user: ", StringComparison.Ordinal) + 6)..]));
    }

    [Fact]
    public async Task ToolThatTellsTheUser_IsOneLine()
    {
        await using AgentTestHost host = await AgentTestHost.StartAsync(
            static (turn, ct) => turn.RespondAsync(cancellationToken: ct),
            builder =>
            {
                builder.Services.AddLogging(logging => logging.AddProvider(_log));
                builder.Options = static options => options.Tools = static (_, _) => new([AIFunctionFactory.Create(string () => throw new AgentUserException("planted"), "pay")]);
            });
        host.Model.ToolCall("pay").Text("done");

        await host.SendAsync("a");

        Assert.Contains("Tool pay ended", Assert.Single(OfTurns("Information")), StringComparison.Ordinal);
        Assert.DoesNotContain("planted", _log.Text, StringComparison.Ordinal);
    }

    /// <summary>The lines of a level that tell how a turn or a call ended.</summary>
    private IEnumerable<string> OfTurns(string level) => _log.Lines.Where(line =>
        line.StartsWith(level, StringComparison.Ordinal) && _ends.Any(end => line.Contains(end, StringComparison.Ordinal)));

    private Task<AgentTestHost> StartAsync(Action<TurnContext> answer) => AgentTestHost.StartAsync(
        (turn, _) =>
        {
            answer(turn);
            return Task.CompletedTask;
        },
        builder => builder.Services.AddLogging(logging => logging.AddProvider(_log)));

    public sealed class Typed : ChatAgent<Customer>
    {
        protected override Task RunAsync(TurnContext<Customer> turn, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public sealed record Customer([property: Required] string? Name);
}
