namespace AgentSessions.Models.Calls;

/// <summary>Makes the connections to providers.</summary>
internal static class ModelHttp
{
    // Long enough to reuse connections, short enough to follow a change of address.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    public static HttpClient Create(ModelCallOptions options) => new(new SocketsHttpHandler
    {
        // A redirect would carry a key in a custom header to wherever it points.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionLifetime = ConnectionLifetime,
        MaxResponseHeadersLength = 64,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
    })
    {
        // Each attempt has its own timer, which also watches the silence inside a stream.
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
