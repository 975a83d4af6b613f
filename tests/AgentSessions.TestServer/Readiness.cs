using System.Diagnostics;
using System.Net;

namespace AgentSessions.TestServer;

/// <summary>Whether a node serves.</summary>
public static class Readiness
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the node says that it is ready.</summary>
    public static async Task WaitAsync(Uri url, TimeSpan limit)
    {
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(url, "/health/ready"));
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (clock.Elapsed < limit)
            {
                // Not listening yet.
            }

            await Task.Delay(_pause);
        }
    }
}
