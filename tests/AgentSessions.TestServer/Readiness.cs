using System.Net;

namespace AgentSessions.TestServer;

/// <summary>Whether a node serves.</summary>
public static class Readiness
{
    /// <summary>Asks until the node says that it is ready.</summary>
    /// <exception cref="TimeoutException">It did not within the limit.</exception>
    public static async Task WaitAsync(Uri url, TimeSpan limit)
    {
        using var client = new HttpClient();
        using var end = new CancellationTokenSource(limit);
        await Eventually.TrueAsync(() => IsReadyAsync(client, url), $"{url} is ready", end.Token);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, Uri url)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(url, "/health/ready"));
            return answer.StatusCode != HttpStatusCode.ServiceUnavailable;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
            return false;
        }
    }
}
