using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Sessions;

/// <summary>How long what is no longer needed is kept; keys of the configuration section <c>AgentSessions</c>.</summary>
public sealed record RetentionOptions
{
    private const string EventsKey = "AgentSessions:Retention";
    private const string ExpiredKey = "AgentSessions:ExpiredRetention";

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

    /// <summary>Reads both keys.</summary>
    /// <exception cref="InvalidOperationException">A value is wrong; the message names its key.</exception>
    public static RetentionOptions Read(IConfiguration configuration)
    {
        var defaults = new RetentionOptions();
        return new RetentionOptions
        {
            Events = Period(configuration, EventsKey, defaults.Events),
            Expired = Period(configuration, ExpiredKey, defaults.Expired),
        };
    }

    private static TimeSpan Period(IConfiguration configuration, string key, TimeSpan otherwise) =>
        configuration[key] is not string text ? otherwise
        : TimeSpan.TryParse(text, out TimeSpan period) && period >= TimeSpan.Zero && period <= _longest ? period
        : throw new InvalidOperationException($"{key} must be a time such as 7.00:00:00 (days.hours:minutes:seconds), at most {_longest.TotalDays:0} days");
}
