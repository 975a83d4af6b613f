using System.Net.Sockets;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Scenarios;

/// <summary>One message and its answer: appends, then waits until the reader has seen the end of the turn.</summary>
internal sealed class Turn(LoadMeter meter)
{
    private readonly TaskCompletionSource<bool> _ended = new();

    /// <summary>When the message was sent.</summary>
    public long Begun { get; private set; }

    /// <summary>When a message that was refused may come again; null if it was not, or nobody said.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <returns>Whether the turn ran to its end.</returns>
    public async Task<bool> RunAsync(LoadEndpoint endpoint, byte[] append)
    {
        Begun = meter.Now;
        if (!await AppendAsync(endpoint, append).ConfigureAwait(false))
        {
            return false;
        }

        meter.OnAppend(Begun);
        if (!await _ended.Task.ConfigureAwait(false))
        {
            meter.Errors.Add("turn unfinished");
            return false;
        }

        return true;
    }

    /// <summary>Called where the end of the turn is seen; the time is taken here.</summary>
    public void Complete()
    {
        meter.OnTurn(Begun);
        _ended.TrySetResult(true);
    }

    public void GiveUp() => _ended.TrySetResult(false);

    private async Task<bool> AppendAsync(LoadEndpoint endpoint, byte[] append)
    {
        try
        {
            HttpAnswer answer = await endpoint.SendAsync(append, CancellationToken.None).ConfigureAwait(false);
            if (answer.Status == 200)
            {
                return true;
            }

            RetryAfter = answer.RetryAfter;
            if (answer is { Status: 429 or 503, RetryAfter: not null })
            {
                meter.OnRefused();
            }
            else
            {
                meter.Errors.Add($"append {answer.Status}");
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidDataException)
        {
            meter.Errors.Add("append cut");
        }

        return false;
    }
}
