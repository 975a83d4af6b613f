using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Documents;

/// <summary>Stored files; configuration section <c>AgentSessions:Documents</c>.</summary>
public sealed class DocumentsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Documents";

    /// <summary>The largest file in bytes, 1 KiB to 31 MiB. Default 20 MiB.</summary>
    [Range(1024, 31 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 20 * 1024 * 1024;

    /// <summary>How many files a user may upload and keep, 1 to 10,000. Default 1,000.</summary>
    [Range(1, 10_000)]
    public int MaxCount { get; set; } = 1000;

    /// <summary>How many files may be attached to the messages of a session, 1 to 1,000. Default 200.</summary>
    [Range(1, 1000)]
    public int MaxPerSession { get; set; } = 200;
}
