using System.Diagnostics;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

public sealed class TypedPartsAndPrivacyTests
{
    private static readonly DataPartType<Status> _status = new("status");

    [Fact]
    public async Task TypedParts_AreWrittenAndReadWithOneType()
    {
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) => await turn.Output.WriteDataAsync(_status, new Status("thinking", 3), cancellationToken: ct),
            builder => builder.Options = options => options.UIMessages.Data(_status));

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal([new Status("thinking", 3)], _status.Of(turn.Message!));
    }

    [Fact]
    public async Task APartOfAnotherShape_IsRefusedFromAgentsAndClients()
    {
        Exception? refused = null;
        await using var host = await AgentTestHost.StartAsync(
            async (turn, ct) =>
            {
                refused = await Record.ExceptionAsync(() => turn.Output.WriteDataAsync("status", new { step = "three" }, cancellationToken: ct).AsTask());
                await turn.Output.WriteTextAsync("ok", ct);
            },
            builder => builder.Options = options => options.UIMessages.Data(_status));

        TestTurn good = await host.SendAsync("a");
        TestTurn bad = await host.SendAsync(UIMessage.User("m", "b") with { Parts = [new DataPart("status", UIJson.ToElement(new { step = "x" }))] });

        Assert.IsType<AgentUserException>(refused);
        Assert.Equal("ok", good.Text);
        Assert.Equal("The data-status has the wrong shape.", bad.ErrorText);
    }

    [Fact]
    public async Task RedactStored_ChangesWhatIsKept_AndWhatTheNextRunSees()
    {
        await using var host = await Agents.StartModelAsync(options => options.Privacy.RedactStored = message =>
            message with { Parts = [.. message.Parts.Select(part => part is TextPart text ? text with { Text = text.Text.Replace("4711", "****") } : part)] });
        host.Model.Text("It is 4711.").Text("two").Text("three");
        await host.SendAsync("My code is 4711");
        await host.SendAsync("b");

        Assert.Contains(host.Model.Calls[1].Messages, message => message.Text.Contains("4711"));
        Assert.Equal(["My code is ****", "It is ****.", "b", "two"], (await host.TranscriptAsync()).Select(message => message.Text));
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.SendAsync("c");
        Assert.DoesNotContain(host.Model.Calls[2].Messages, message => message.Text.Contains("4711"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Telemetry_HoldsNoText_UnlessItIsSwitchedOn_AndThenRedacted(bool isOn)
    {
        string chat = $"telemetry-{isOn}";
        var tags = new List<string>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "AgentSessions",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (tags)
                {
                    tags.AddRange(activity.TagObjects.Select(tag => $"{activity.GetTagItem("gen_ai.agent.name")} {tag.Key}={tag.Value}"));
                }

                if (activity.OperationName == $"invoke_agent {chat}")
                {
                    ended.TrySetResult();
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, builder =>
        {
            builder.AgentName = chat;
            builder.Options = options =>
            {
                options.Privacy.RecordText = isOn;
                options.Privacy.RedactRecorded = text => text.Replace("secret", "[redacted]");
            };
        });
        host.Model.Text("my answer");

        await host.SendAsync("a secret question");

        // Its answer can be read before the turn's own end is told.
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
        string[] own;
        lock (tags)
        {
            own = [.. tags.Where(tag => tag.StartsWith(chat, StringComparison.Ordinal))];
        }

        Assert.NotEmpty(own);
        Assert.DoesNotContain(own, tag => tag.Contains("secret"));
        Assert.Equal(isOn, own.Any(tag => tag.EndsWith("gen_ai.input.messages=a [redacted] question", StringComparison.Ordinal)));
        Assert.Equal(isOn, own.Any(tag => tag.Contains("my answer")));
    }

    private sealed record Status(string Phase, int Step);
}
