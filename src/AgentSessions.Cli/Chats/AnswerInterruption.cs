using AgentSessions.Client;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Cli.Chats;

/// <summary>Ctrl-C while an answer is awaited: the first stops the turn, any further one leaves.</summary>
internal sealed class AnswerInterruption(AgentChat chat, IAnswerView view, CancellationTokenSource leaving) : IDisposable
{
    private readonly CancellationTokenSource _disposed = new();
    private int _count;

    /// <summary>Whether there is a turn to stop; before that the first interrupt leaves too.</summary>
    public bool CanStop { get; set; }

    public void Raise()
    {
        if (!CanStop || Interlocked.Increment(ref _count) > 1)
        {
            leaving.Cancel();
            return;
        }

        _ = StopAsync();
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task StopAsync()
    {
        try
        {
            await chat.StopAsync(_disposed.Token);
        }
        catch (OperationCanceledException)
        {
            // The turn ended first.
        }
        catch (SessionException exception)
        {
            view.Note($"The answer could not be stopped: {exception.Message}");
        }
    }
}
