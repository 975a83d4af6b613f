using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Models.Calls;

/// <summary>How long a call may take and how much an answer may hold.</summary>
public sealed class ModelCallOptions
{
    /// <summary>The longest wait for a connection. 1 s to 10 minutes, default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest silence between sending a streamed request and its first token. 1 s to 1 hour, default 3 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>The longest silence between two tokens of a stream. 1 s to 1 hour, default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest time for one attempt from first to last byte, streamed or not. 1 s to 1 day, default 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The most bytes in one answer. 1 KiB to 1 GiB, default 64 MiB.</summary>
    [Range(1_024, 1_073_741_824)]
    public int MaxResponseBytes { get; set; } = 64 * 1_024 * 1_024;

    /// <summary>The most bytes in one event of a stream. 1 KiB to 64 MiB, default 4 MiB.</summary>
    [Range(1_024, 67_108_864)]
    public int MaxEventBytes { get; set; } = 4 * 1_024 * 1_024;

    /// <summary>The most bytes in the arguments of one tool call. 16 to 64 MiB, default 1 MiB.</summary>
    [Range(16, 67_108_864)]
    public int MaxToolArgumentBytes { get; set; } = 1_024 * 1_024;

    /// <summary>The most tool calls in one answer. 1 to 10,000, default 128.</summary>
    [Range(1, 10_000)]
    public int MaxToolCalls { get; set; } = 128;
}
