using AgentSessions.Cli.Terminals;
using AgentSessions.Client;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Takes lines, sends them, shows the answers. Ctrl-C stops the answer that streams, a second one leaves it to itself.</summary>
internal sealed class ChatLoop(AgentChat chat, Terminal terminal, IAnswerView view, ApprovalMode approvals)
{
    private const int MaxInput = 300;

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
            await TurnAsync(token => chat.SendMessageAsync(message, token));
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
                case "":
                    break;
                case "/exit" or "/quit" when terminal.IsInteractive:
                    return;
                case "/regenerate" when terminal.IsInteractive:
                    await TurnAsync(chat.RegenerateAsync);
                    break;
                case "/help" when terminal.IsInteractive:
                    view.Note("A line is a message. /regenerate answers again, /exit or Ctrl-D leaves, Ctrl-C stops an answer.");
                    break;
                default:
                    await TurnAsync(token => chat.SendMessageAsync(line, token));
                    break;
            }
        }
    }

    /// <summary>The next line; null at the end of input, and at Ctrl-C before one.</summary>
    private async Task<string?> NextLineAsync()
    {
        using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
        try
        {
            return await Question.AskAsync(terminal, terminal.IsInteractive ? "> " : "", interrupted.Token);
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
        // Answering one question continues the turn; what is still open then is asked by the turn that follows.
        while (open.Approvals is [{ } asked, ..] && await DecideAsync(asked) is bool isAllowed)
        {
            open = await ShowAsync(token => chat.ApproveAsync(asked.Id, isAllowed, cancellationToken: token));
        }
    }

    /// <summary>The answer; null to leave the question open.</summary>
    private async Task<bool?> DecideAsync(OpenApproval asked)
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
                    return await Question.ConfirmAsync(terminal, question, interrupted.Token);
                }
        }
    }

    private async Task<OpenQuestions> ShowAsync(Func<CancellationToken, Task<AgentChatStream>> send)
    {
        var open = new OpenQuestions();
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
