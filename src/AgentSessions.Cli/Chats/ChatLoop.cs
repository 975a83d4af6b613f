using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Takes lines, sends them, shows the answers. Ctrl-C stops the answer that streams, a second one leaves it to itself.</summary>
internal sealed class ChatLoop(AgentChat chat, Terminal terminal, IAnswerView view, ApprovalMode approvals, MessageFiles attachments)
{
    private const int MaxInput = 300;
    private const string AttachCommand = "/attach ";

    private bool _failed;

    /// <summary>Chats until the input ends.</summary>
    /// <param name="start">What was said before.</param>
    /// <param name="message">The only message to send; null to read them from the terminal.</param>
    /// <returns><see cref="ExitCode.Failed"/> if nobody was there to see that a turn failed.</returns>
    public async Task<int> RunAsync(ChatStart start, string? message)
    {
        if (terminal.IsInteractive || message is null)
        {
            view.Note($"chat {chat.ChatId} with {start.Options.Agent}{(start.Exists ? "" : " (new)")}");
        }

        if (start.Exists)
        {
            await GoOnAsync(start, shows: message is null);
        }

        if (message is not null)
        {
            await SendAsync(message);
        }
        else
        {
            await ReadLinesAsync();
        }

        return _failed && (message is not null || !terminal.IsInteractive) ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Shows what was said, reads an answer that is under way to its end, and asks what is still open.</summary>
    private async Task GoOnAsync(ChatStart start, bool shows)
    {
        if (shows)
        {
            view.History(start.History);
        }

        OpenQuestions open = OpenQuestions.Of(start.History is [.., { } last] ? last : null);
        if (await chat.ReconnectAsync() is { } stream)
        {
            open = await ShowAsync(_ => Task.FromResult(stream));
        }

        await AnswerAsync(open);
    }

    private async Task ReadLinesAsync()
    {
        while (await NextLineAsync() is { } line)
        {
            switch (line.Trim())
            {
                case { } command when terminal.IsInteractive && command.StartsWith(AttachCommand, StringComparison.Ordinal):
                    Attach(command[AttachCommand.Length..].Trim());
                    break;
                case "":
                    break;
                case "/exit" or "/quit" when terminal.IsInteractive:
                    return;
                case "/regenerate" when terminal.IsInteractive:
                    await TurnAsync(chat.RegenerateAsync);
                    break;
                case "/help" when terminal.IsInteractive:
                    view.Note("A line is a message. /attach FILE sends a file with the next one, /regenerate answers again, /exit or Ctrl-D leaves, Ctrl-C stops an answer.");
                    break;
                default:
                    await SendAsync(line);
                    break;
            }
        }
    }

    private Task SendAsync(string text)
    {
        UIMessage message = attachments.Take(text);
        return TurnAsync(token => chat.SendMessageAsync(message, token));
    }

    /// <summary>A file that cannot be taken is no reason to leave.</summary>
    private void Attach(string path)
    {
        try
        {
            view.Note($"[{attachments.Add(path).Filename} goes with the next message]");
        }
        catch (CliException exception)
        {
            view.Note(exception.Message);
        }
    }

    /// <summary>The next line; null at the end of input, and at Ctrl-C before one.</summary>
    private async Task<string?> NextLineAsync()
    {
        using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
        try
        {
            return await TerminalQuestion.AskAsync(terminal, terminal.IsInteractive ? "> " : "", interrupted.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>One turn, and those that answering its questions makes.</summary>
    private async Task TurnAsync(Func<CancellationToken, Task<AgentChatStream>> send) =>
        await AnswerAsync(await ShowAsync(send));

    private async Task AnswerAsync(OpenQuestions open)
    {
        // Answering one call continues the turn; the others stay open until they are answered too.
        while (open.Calls is [{ } asked, ..] && await AnswerOfAsync(asked) is { } send)
        {
            open = await ShowAsync(send, open.Without(asked));
        }
    }

    /// <summary>How to answer a call; null to leave it open.</summary>
    private async Task<Func<CancellationToken, Task<AgentChatStream>>?> AnswerOfAsync(OpenCall asked)
    {
        if (asked.ApprovalId is { } approval)
        {
            return await DecideAsync(asked) is bool isAllowed ? token => chat.ApproveAsync(approval, isAllowed, cancellationToken: token) : null;
        }

        if (!terminal.IsInteractive)
        {
            view.Note($"{PlainText.Line(asked.Tool, MaxInput)} waits for its result. Left open: 'agentsessions chat --id {chat.ChatId}' in a terminal answers it.");
            return null;
        }

        using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
        try
        {
            return await CallAnswers.AskAsync(terminal, asked, interrupted.Token) is { } output ? token => chat.AddToolOutputAsync(asked.Id, output, token) : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The answer; null to leave the question open.</summary>
    private async Task<bool?> DecideAsync(OpenCall asked)
    {
        string question = $"Allow {PlainText.Line($"{asked.Tool} {asked.Input?.GetRawText()}", MaxInput).TrimEnd()}?";
        switch (approvals)
        {
            case ApprovalMode.Allow:
                return true;
            case ApprovalMode.Deny:
                return false;
            default:
                if (!terminal.IsInteractive)
                {
                    view.Note($"{question} Left open: --approvals allow or deny answers it.");
                    return null;
                }

                using (InterruptedToken interrupted = terminal.Interrupts.TakeToken())
                {
                    return await TerminalQuestion.ConfirmAsync(terminal, question, interrupted.Token);
                }
        }
    }

    private async Task<OpenQuestions> ShowAsync(Func<CancellationToken, Task<AgentChatStream>> send, OpenQuestions? before = null)
    {
        OpenQuestions open = before ?? new OpenQuestions();
        using var leaving = new CancellationTokenSource();
        using var interruption = new AnswerInterruption(chat, view, leaving);
        using IDisposable taken = terminal.Interrupts.Take(interruption.Raise);
        try
        {
            AgentChatStream stream = await send(leaving.Token);
            interruption.CanStop = true;
            await foreach (UIMessageChunk chunk in stream.WithCancellation(leaving.Token))
            {
                open.Add(chunk);
                view.Chunk(chunk);
            }

            // Whoever asked to leave leaves, also when the answer ended meanwhile.
            leaving.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Interrupted, $"Left; 'agentsessions chat --id {chat.ChatId}' goes on from here");
        }
        finally
        {
            view.EndAnswer();
        }

        _failed |= open.ErrorText is not null;
        return open;
    }
}
