using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AgentSessions.Embedded;

/// <summary>How the embedded store works.</summary>
public sealed class EmbeddedStoreOptions
{
    /// <summary>Where these options are in the configuration.</summary>
    public const string Section = "AgentSessions:Store";

    /// <summary>When a commit counts as durable. Default: after it is flushed to the disk.</summary>
    [EnumDataType(typeof(StoreDurability))]
    public StoreDurability Durability { get; set; } = StoreDurability.Full;

    /// <summary>The size of a journal file. 64 KiB to 1 GiB, and at most half of <see cref="JournalBytes"/>; default 8 MiB.</summary>
    [Range(64L << 10, 1L << 30)]
    public long SegmentBytes { get; set; } = 8 << 20;

    /// <summary>
    /// From this length on the older half of the journal is brought to the database, whose write-ahead log grows to half of this as well.
    /// 128 KiB to 16 GiB, and at least two journal files; default 128 MiB. More spares work, because records that are trimmed in time are never
    /// brought over; less makes a restart after a crash quicker.
    /// </summary>
    [Range(128L << 10, 16L << 30)]
    public long JournalBytes { get; set; } = 128 << 20;

    /// <summary>After this time without a write the whole journal is brought to the database. 10 ms to a day; default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan CheckpointAfterIdle { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Sessions that stay in memory after their last use, about 1 KiB each. Default 4,096.</summary>
    [Range(0, 10_000_000)]
    public int CachedSessions { get; set; } = 4096;

    /// <summary>Where backups are written; made if it is missing. Default: <c>backups</c> in the data directory.</summary>
    public string? BackupDirectory { get; set; }

    /// <summary>
    /// The database is checked for damage at the start if it is not larger than this; it takes about a second for each GiB. Damage to
    /// content is noticed at any size when it is read. Default 256 MiB; 0 turns it off.
    /// </summary>
    [Range(0L, long.MaxValue)]
    public long CheckDatabaseUpToBytes { get; set; } = 256 << 20;
}

/// <summary>When a commit counts as durable.</summary>
public enum StoreDurability
{
    /// <summary>When it is flushed to the disk: it survives a loss of power.</summary>
    Full = 0,

    /// <summary>When the operating system has it: it survives the process, but the last moments may be lost with the power.</summary>
    Normal = 1,
}

/// <summary>Checks the ranges of <see cref="EmbeddedStoreOptions"/>.</summary>
[OptionsValidator]
public sealed partial class EmbeddedStoreOptionsValidator : IValidateOptions<EmbeddedStoreOptions>;

/// <summary>Checks that a journal of the configured length is more than one file: the newest one is never given up, so it would stay too long for ever.</summary>
internal sealed class JournalLengthRule : IValidateOptions<EmbeddedStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, EmbeddedStoreOptions options) => options.JournalBytes / 2 >= options.SegmentBytes
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail(
            $"{EmbeddedStoreOptions.Section}:{nameof(options.JournalBytes)} must be at least twice {EmbeddedStoreOptions.Section}:{nameof(options.SegmentBytes)}, "
            + $"which is {options.SegmentBytes}.");
}
