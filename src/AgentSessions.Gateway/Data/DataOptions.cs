using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Data;

/// <summary>Archives; configuration section <c>AgentSessions:Data</c>.</summary>
public sealed class DataOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Data";

    /// <summary>The largest archive that is taken, in bytes, 1 KiB to 16 GiB. Default 256 MiB.</summary>
    [Range(1024, 16L << 30)]
    public long MaxImportBytes { get; set; } = 256 << 20;

    /// <summary>
    /// The longest line of an archive that is taken, in bytes, 1 KiB to 1 GiB. Default 64 MiB. Each record, message, file and value is a line, which is
    /// held in memory while it is read.
    /// </summary>
    [Range(1024, 1 << 30)]
    public int MaxImportLineBytes { get; set; } = 64 << 20;
}
