using System.Globalization;

namespace AgentSessions.Server.Memory;

/// <summary>When memory is given back.</summary>
/// <param name="QuietTime">How long next to nothing must happen first. Default 3 s; zero never gives back.</param>
/// <param name="MaxHeapBytes">Above this the collection would take too long, and is left out. Default 512 MiB.</param>
internal sealed record IdleMemoryOptions(TimeSpan QuietTime, long MaxHeapBytes)
{
    public const string QuietTimeKey = "AgentSessions:Memory:QuietTime";
    public const string MaxHeapKey = "AgentSessions:Memory:MaxHeapBytes";

    private const long DefaultMaxHeapBytes = 512 * 1024 * 1024;

    private static readonly TimeSpan _leastQuietTime = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan _mostQuietTime = TimeSpan.FromHours(1);
    private static readonly TimeSpan _defaultQuietTime = TimeSpan.FromSeconds(3);

    /// <summary>Null when memory is not to be given back.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static IdleMemoryOptions? Read(IConfiguration configuration)
    {
        TimeSpan quiet = QuietTimeOf(configuration[QuietTimeKey]);
        return quiet == TimeSpan.Zero ? null : new IdleMemoryOptions(quiet, MaxHeapOf(configuration[MaxHeapKey]));
    }

    private static TimeSpan QuietTimeOf(string? text) =>
        text is null ? _defaultQuietTime
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) && (time == TimeSpan.Zero || (time >= _leastQuietTime && time <= _mostQuietTime)) ? time
        : throw new InvalidOperationException($"{QuietTimeKey} must be zero or a time from {_leastQuietTime:c} to {_mostQuietTime:c}");

    private static long MaxHeapOf(string? text) =>
        text is null ? DefaultMaxHeapBytes
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes
        : throw new InvalidOperationException($"{MaxHeapKey} must be a number of bytes");
}
