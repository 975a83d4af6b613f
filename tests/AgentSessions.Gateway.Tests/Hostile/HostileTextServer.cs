using System.Net;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Puffle;
using AgentSessions.Gateway.Tests.Sink;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>A server whose agent says what it was told in every place that an answer has for text, and fails with it.</summary>
public class HostileTextServer : GatewayServer
{
    public HostileTextServer()
        : this(version: 5)
    {
    }

    private HostileTextServer(int version)
        : base(
            ("AgentSessions:Users:0:Id", "alice"), ("AgentSessions:Users:0:Token", PuffleServer.Alice), ("AgentSessions:Users:0:Administrator", "true"),
            ("AgentSessions:Puffle:AgentHeader", "true"), ("AgentSessions:Puffle:RunsPerWindow", "1000"), ("AgentSessions:Puffle:UIMessageVersion", $"{version}"))
    {
    }

    /// <summary>The conversation in which <c>joined</c> answered last.</summary>
    internal string Joined { get; private set; } = "";

    protected override void Configure(IServiceCollection services) =>
        services.AddRunningAgents(this).AddAgent("echo", SayAsync).AddAgent("asks", AskAsync).AddAgent("joined", JoinAsync);

    private static async Task AskAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        string text = turn.Message!.Text;
        JsonElement json = UIJson.ToElement(new Dictionary<string, string> { [text] = text });
        UIMessageChunk[] chunks =
        [
            new StartChunk { MessageMetadata = json },
            new SourceUrlChunk(text, text) { Title = text, ProviderMetadata = json }, new SourceDocumentChunk(text, text, text) { Filename = text }, new FileChunk(text, text),
            new ToolInputAvailableChunk("failed", text, UIJson.ToElement(text)), new ToolOutputErrorChunk("failed", text),
            new ToolInputAvailableChunk("denied", text, UIJson.ToElement(text)), new ToolOutputDeniedChunk("denied"),
            new ToolInputStartChunk(text, text), new ToolInputDeltaChunk(text, text),
            new ToolInputAvailableChunk(text, text, UIJson.ToElement(new { text })) { ProviderMetadata = json },
            new ToolApprovalRequestChunk(text, text) { Signature = text },
        ];
        foreach (UIMessageChunk chunk in chunks)
        {
            await turn.Output.WriteAsync(chunk, cancellationToken);
        }
    }

    private static async Task SayAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        string text = turn.Message!.Text;
        JsonElement json = UIJson.ToElement(new Dictionary<string, string> { [text] = text });
        await turn.Output.WriteTextAsync(text[..(text.Length / 2)], cancellationToken);
        await turn.Output.WriteTextAsync(text[(text.Length / 2)..], cancellationToken);
        UIMessageChunk[] chunks =
        [
            new ReasoningStartChunk(text), new ReasoningDeltaChunk(text, text), new ReasoningEndChunk(text),
            new ToolInputAvailableChunk(text, text, json), new ToolOutputAvailableChunk(text, json),
            new DataChunk(text, json), new UnknownChunk(UIJson.ToElement(new { type = text })),
        ];
        foreach (UIMessageChunk chunk in chunks)
        {
            await turn.Output.WriteAsync(chunk, cancellationToken);
        }

        throw new AgentUserException(text);
    }

    /// <summary>While it answers, a sink and the owner of the key append to <c>out</c> what has line breaks between its words.</summary>
    private async Task JoinAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        string text = turn.Message!.Text;
        Joined = turn.ChatId;
        await turn.Output.WriteTextAsync("in ", cancellationToken);
        SinkClient sink = await SinkClient.OpenAsync(this, turn.ChatId);
        string body = $"{{\"data\":\n{{\"type\":\r\n\"data-raw\",\r\"data\":{{\n\n\"text\":{JsonSerializer.Serialize(text)}\r\n}}}}\n,\"id\":\"raw\"}}";
        Assert.Equal(HttpStatusCode.OK, (await sink.PostAsync(JsonSerializer.Serialize(new { records = new[] { new { body } } }))).Status);
        Assert.Equal(HttpStatusCode.OK, (await this.SendAsync("POST", Calls.ChannelPath(turn.ChatId, "out/append"), text)).Status);
        await turn.Output.WriteTextAsync("out", cancellationToken);
    }

    /// <summary>One whose Puffle clients are of version 6.</summary>
    public sealed class Version6() : HostileTextServer(version: 6);
}
