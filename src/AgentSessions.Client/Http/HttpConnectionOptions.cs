namespace AgentSessions.Client.Http;

/// <summary>How a server is reached.</summary>
public sealed record HttpConnectionOptions
{
    /// <summary>The server, with a path prefix if it has one.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>The environment's secret key. It is sent in the <c>Authorization</c> header and nowhere else.</summary>
    public required string SecretKey { get; init; }

    /// <summary>How long a call may take, and a reading window until its headers. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without a byte a reading window counts as broken. Servers ping every 5 s. Default 45 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Where a chat's request goes; null, or a null answer, for <see cref="BaseUrl"/>.</summary>
    public Func<ChatRequest, Uri?>? Route { get; init; }

    /// <summary>The handler of a chat's request; null, or a null answer, for the client's own.</summary>
    public Func<ChatRequest, HttpMessageHandler?>? Handler { get; init; }

    /// <summary>The clock of the time limits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (!BaseUrl.IsAbsoluteUri || BaseUrl.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException("BaseUrl must be an absolute http or https address.");
        }

        if (string.IsNullOrWhiteSpace(SecretKey))
        {
            throw new ArgumentException("SecretKey must be set.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StallTimeout, TimeSpan.Zero);
    }
}
