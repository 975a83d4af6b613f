using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs;

/// <summary>A time in the configuration.</summary>
internal static class TimeSetting
{
    /// <summary>Reads it. It may be zero.</summary>
    /// <param name="configuration">Where from; null for none.</param>
    /// <param name="key">Its key.</param>
    /// <param name="standard">What it is if nothing is configured, and the example in the error.</param>
    /// <param name="longest">What it may be at most.</param>
    /// <exception cref="InvalidOperationException">The value is wrong; the message names its key.</exception>
    public static TimeSpan Read(IConfiguration? configuration, string key, TimeSpan standard, TimeSpan longest) =>
        configuration?[key] is not string text ? standard
        : TimeSpan.TryParse(text, out TimeSpan time) && time >= TimeSpan.Zero && time <= longest ? time
        : throw new InvalidOperationException(
            $@"{key} must be a time such as {standard:hh\:mm\:ss\.f} (hours:minutes:seconds), at most {longest.TotalSeconds:0} s");
}
