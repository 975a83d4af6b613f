namespace AgentSessions.Models.Calls;

/// <summary>Makes the connections to providers.</summary>
internal static class ModelHttp
{
    // Long enough to reuse connections, short enough to follow a change of address.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);

    /// <summary>A client without a timeout of its own: each attempt has a timer, which also watches the silence inside a stream.</summary>
    public static HttpClient Create(ModelCallOptions options) => new(CreateHandler(options)) { Timeout = Timeout.InfiniteTimeSpan };

    public static SocketsHttpHandler CreateHandler(ModelCallOptions options) => new()
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
    };
}
