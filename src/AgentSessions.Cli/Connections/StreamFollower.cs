using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Connections;

/// <summary>Follows a stream of a session over dropped connections and restarts: each record once, in order.</summary>
/// <param name="api">The server.</param>
/// <param name="path">The stream's path.</param>
/// <param name="time">The clock of waits.</param>
/// <param name="broken">Told why a connection ended before another is tried.</param>
internal sealed class StreamFollower(ServerApi api, string path, TimeProvider time, Action<string> broken)
{
    // About 40 s of a server that is away, longer than a restart takes.
    private const int MaxFailures = 12;
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromSeconds(5);

    /// <summary>What is stored, without waiting for more.</summary>
    /// <param name="after">The last sequence seen; -1 for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<TailedRecord>> ReadAsync(long after, CancellationToken cancellationToken)
    {
        string query = after >= 0 ? string.Create(CultureInfo.InvariantCulture, $"?afterEventId={after}") : "";
        JsonElement page = await api.GetAsync($"{path}/records{query}", cancellationToken);
        return [.. page.Items("records").Select(TailedRecord.OfPage)];
    }

    /// <summary>Everything after a sequence, without end.</summary>
    /// <exception cref="CliException">The server refuses, or stayed away.</exception>
    public async IAsyncEnumerable<TailedRecord> FollowAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int failures = 0; ;)
        {
            await using IAsyncEnumerator<TailedRecord> window = WindowAsync(after, cancellationToken).GetAsyncEnumerator(cancellationToken);
            (bool any, string? failure) = await MoveNextAsync(window, cancellationToken);
            while (any)
            {
                failures = 0;
                after = window.Current.Sequence;
                yield return window.Current;
                (any, failure) = await MoveNextAsync(window, cancellationToken);
            }

            if (failure is not null)
            {
                await RecoverAsync(failure, ++failures, cancellationToken);
            }
        }
    }

    private static async ValueTask<(bool Any, string? Failure)> MoveNextAsync(IAsyncEnumerator<TailedRecord> window, CancellationToken cancellationToken)
    {
        try
        {
            return (await window.MoveNextAsync(), null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || exception is CliException { ExitCode: ExitCode.Unreachable }
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (false, exception.Message);
        }
    }

    private Task RecoverAsync(string failure, int failures, CancellationToken cancellationToken)
    {
        if (failures >= MaxFailures)
        {
            throw new CliException(ExitCode.Unreachable, $"The server stayed away: {failure}");
        }

        broken(failure);
        TimeSpan delay = TimeSpan.FromMilliseconds(200) * Math.Pow(2, failures - 1);
        return Task.Delay(delay < _maxDelay ? delay : _maxDelay, time, cancellationToken);
    }

    private async IAsyncEnumerable<TailedRecord> WindowAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = api.Request(HttpMethod.Get, path);
        request.Headers.Add("Timeout-Seconds", _silence.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        if (after >= 0)
        {
            request.Headers.Add("Last-Event-ID", after.ToString(CultureInfo.InvariantCulture));
        }

        using HttpResponseMessage response = await api.SendAsync(request, cancellationToken);
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync(cancellationToken))
        {
            switch (item.EventType)
            {
                case "batch":
                    using (JsonDocument batch = JsonDocument.Parse(item.Data))
                    {
                        foreach (JsonElement record in batch.RootElement.Items("records"))
                        {
                            yield return TailedRecord.OfBatch(record);
                        }
                    }

                    break;
                case "error":
                    throw new IOException(item.Data);
                case "message" when item.Data == "[DONE]":
                    yield break;
            }
        }

        // Only the end marker tells that the window is over; a proxy that gives up closes as cleanly.
        throw new IOException("The connection was closed");
    }
}
