using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Sessions;

/// <summary>How long what is no longer needed is kept; keys of the configuration section <c>AgentSessions</c>.</summary>
public sealed record RetentionOptions
{
    private const string Section = "AgentSessions";
    private const string EventsKey = "Retention";
    private const string ExpiredKey = "ExpiredRetention";

    // Far more than anybody means, and still a date when it is taken from now.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3650);

    /// <summary>
    /// How long the records of <c>out</c> are kept (<c>AgentSessions:Retention</c>); cut at turn boundaries, when a turn completes. Default
    /// zero: only the last two turns. The transcript stays either way.
    /// </summary>
    public TimeSpan Events { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// How long a session stays readable after it expired (<c>AgentSessions:ExpiredRetention</c>); then it is deleted for good. Default 7 days.
    /// </summary>
    public TimeSpan Expired { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Environments that keep things for another time (<c>AgentSessions:Environments:{id}:Retention</c> and <c>:ExpiredRetention</c>).
    /// </summary>
    public IReadOnlyDictionary<string, RetentionOptions> Environments { get; init; } = new Dictionary<string, RetentionOptions>();

    /// <summary>What holds in an environment.</summary>
    public RetentionOptions In(string environment) => Environments.GetValueOrDefault(environment, this);

    /// <summary>The shortest time after which a session that expired may be due, in any environment.</summary>
    internal TimeSpan ShortestExpired => Environments.Values.Select(static options => options.Expired).Append(Expired).Min();

    /// <summary>Reads all keys.</summary>
    /// <exception cref="InvalidOperationException">A value is wrong; the message names its key.</exception>
    public static RetentionOptions Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(Section);
        RetentionOptions options = Read(section, new RetentionOptions());
        return options with
        {
            Environments = section.GetSection("Environments").GetChildren().ToDictionary(static child => child.Key, child => Read(child, options)),
        };
    }

    private static RetentionOptions Read(IConfigurationSection section, RetentionOptions otherwise) => new()
    {
        Events = Period(section, EventsKey, otherwise.Events),
        Expired = Period(section, ExpiredKey, otherwise.Expired),
    };

    private static TimeSpan Period(IConfigurationSection section, string key, TimeSpan otherwise) =>
        section[key] is not string text ? otherwise
        : TimeSpan.TryParse(text, out TimeSpan period) && period >= TimeSpan.Zero && period <= _longest ? period
        : throw new InvalidOperationException(
            $"{section.Path}:{key} must be a time such as 7.00:00:00 (days.hours:minutes:seconds), at most {_longest.TotalDays:0} days");
}
