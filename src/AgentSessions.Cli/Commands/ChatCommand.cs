using System.CommandLine;
using System.Text.Json;
using AgentSessions.Cli.Chats;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;
using AgentSessions.Client;

namespace AgentSessions.Cli.Commands;

/// <summary><c>chat</c>: a conversation in the terminal, a new one or one that goes on.</summary>
internal static class ChatCommand
{
    public static Command Create(ServerOptions server, Terminal terminal)
    {
        Argument<string?> agent = new("agent") { Description = "Whom to talk to; not needed to go on with a chat", Arity = ArgumentArity.ZeroOrOne };
        Option<string> id = new("--id") { Description = "The chat's id. Goes on where it stopped if there is one. Default: a new one" };
        Option<string> message = new("--message", "-m") { Description = "Send this, print the answer and leave" };
        Option<string[]> attach = new("--attach", "-a") { Description = "A file to send with the first message; may be given several times", Arity = ArgumentArity.OneOrMore };
        Option<string?> clientData = ClientDataOption.Create();
        Option<int> history = new("--history") { Description = "How many earlier messages to show when going on", DefaultValueFactory = static _ => 10 };
        Option<ApprovalMode> approvals = new("--approvals")
        {
            Description = "What to do when a tool asks for permission: ask (leaves it open where nobody sits), allow, deny",
            DefaultValueFactory = static _ => ApprovalMode.Ask,
        };
        var command = new Command("chat", "Chats with an agent: a line is a message, Ctrl-C stops the answer, Ctrl-D leaves")
        {
            agent, id, message, attach, clientData, history, approvals,
        };
        command.SetAction(async (parsed, _) =>
        {
            var attachments = new MessageFiles();
            foreach (string path in parsed.GetValue(attach) ?? [])
            {
                attachments.Add(path);
            }

            ServerAddress address = server.Of(parsed);
            ChatStart start = await StartAsync(
                address,
                terminal,
                parsed.GetValue(agent),
                parsed.GetValue(id),
                parsed.GetValue(clientData) is { } data ? ClientDataOption.Read(data) : null,
                parsed.GetValue(history));
            using var client = new AgentSessionsClient(
                new AgentSessionsClientOptions { BaseUrl = address.Url, SecretKey = address.SecretKey }, time: server.Time);
            await using AgentChat chat = client.Create(start.Options);
            IAnswerView view = parsed.GetValue(server.Json) ? new JsonAnswerView(terminal.Out) : new TextAnswerView(terminal);
            var loop = new ChatLoop(chat, terminal, view, parsed.GetValue(approvals), attachments);
            return await loop.RunAsync(start, parsed.GetValue(message));
        });
        return command;
    }

    private static async Task<ChatStart> StartAsync(ServerAddress address, Terminal terminal, string? agent, string? id, JsonElement? clientData, int history)
    {
        using var api = new ServerApi(address);
        using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
        return await ChatStart.FindAsync(api, agent, id, clientData, Math.Max(1, history), interrupted.Token);
    }
}
