using AgentSessions.Protocol.UI;
using AgentSessions.Samples.Loops;
using AgentSessions.Testing;

namespace AgentSessions.Samples.Tests;

public sealed class LoopSampleTests
{
    [Fact]
    public async Task Translator_ALaterRunGoesOnFromWhatIsKept()
    {
        await using var host = await AgentTestHost.StartCustomAsync(new Translator(new Glossary()).RunAsync);
        host.Model.Text("der Regenschirm").Text("die Regenschirme");
        await host.SendAsync("the umbrella");
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);

        TestTurn turn = await host.SendAsync("the umbrellas");

        Assert.Equal("die Regenschirme", turn.Text);
        Assert.Equal(["the umbrella", "der Regenschirm", "the umbrellas"], host.Model.Calls[1].Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Thermostat_WritesPartsAndText()
    {
        await using var host = await AgentTestHost.StartCustomAsync(Thermostat.RunAsync);

        TestTurn warm = await host.SendAsync("21.5");
        TestTurn hot = await host.SendAsync("90");

        Assert.Equal(("Set to 21.5 degrees.", "Set to 25 degrees."), (warm.Text, hot.Text));
        Assert.Equal("target", Assert.Single(warm.Chunks.OfType<DataChunk>()).Name);
    }
}
