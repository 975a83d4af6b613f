using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Who is told what happens; configuration section <c>AgentSessions:Webhooks</c>. A wrong value stops the start.</summary>
public sealed class WebhookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Webhooks";

    /// <summary>Endpoints by a name of the operator's. Default: none, and nothing is kept for anybody.</summary>
    public Dictionary<string, WebhookEndpointOptions> Endpoints { get; } = new(StringComparer.Ordinal);

    /// <summary>How long an endpoint may take to answer, 1 s to 60 s. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The waits before each further try, at most 20; after the last one the delivery has failed. Default 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h.
    /// </summary>
    public List<TimeSpan> RetryDelays { get; } = [];

    /// <summary>How long events that are done stay for a replay, 1 minute to 90 days. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often the outbox is looked at when nothing rings, 100 ms to 1 minute. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    internal IReadOnlyList<TimeSpan> Delays => RetryDelays.Count > 0 ? RetryDelays : _defaultDelays;

    private static readonly TimeSpan[] _defaultDelays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
    ];
}

/// <summary>One endpoint.</summary>
public sealed class WebhookEndpointOptions
{
    /// <summary>Where to post: <c>https</c>, or <c>http</c> with <see cref="AllowPrivateNetwork"/>.</summary>
    public string Url { get; set; } = "";

    /// <summary>The secret: <c>whsec_</c> and 24 to 64 bytes in base64, as the Standard Webhooks specification says.</summary>
    public string? Secret { get; set; }

    /// <summary>A file that holds the secret, read at each try. Either this or <see cref="Secret"/>.</summary>
    public string? SecretFile { get; set; }

    /// <summary>The secret before the last rotation; each request then carries a signature of both. Default: none.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>Which events, such as <c>turn.completed</c>. Default: all.</summary>
    public List<string> Events { get; } = [];

    /// <summary>Only events of this environment. Default: of all.</summary>
    public string? Environment { get; set; }

    /// <summary>Whether the endpoint may be at a private or loopback address. Default false: such an address is never connected to. Link-local addresses never are.</summary>
    public bool AllowPrivateNetwork { get; set; }
}
