using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Storage;

/// <summary>How many bytes environments may keep; keys of the configuration section <c>AgentSessions</c>.</summary>
/// <remarks>None by default: only the operator knows how much room there is, and a disk that is full refuses writes by itself.</remarks>
public sealed record StorageLimits
{
    private const string Section = "AgentSessions";
    private const string Key = "MaxStoredBytes";

    /// <summary>What each environment may keep, in bytes (<c>AgentSessions:MaxStoredBytes</c>); null or 0 for any amount.</summary>
    public long? Bytes { get; init; }

    /// <summary>Environments that may keep another amount (<c>AgentSessions:Environments:{id}:MaxStoredBytes</c>).</summary>
    public IReadOnlyDictionary<string, long?> Environments { get; init; } = new Dictionary<string, long?>();

    /// <summary>What holds in an environment; null for any amount.</summary>
    public long? In(string environment) => Environments.TryGetValue(environment, out long? bytes) ? bytes : Bytes;

    /// <summary>Reads all keys.</summary>
    /// <exception cref="InvalidOperationException">A value is wrong; the message names its key.</exception>
    public static StorageLimits Read(IConfiguration? configuration)
    {
        if (configuration?.GetSection(Section) is not { } section)
        {
            return new StorageLimits();
        }

        return new StorageLimits
        {
            Bytes = Amount(section),
            Environments = section.GetSection("Environments").GetChildren().Where(static child => child[Key] is not null)
                .ToDictionary(static child => child.Key, Amount),
        };
    }

    private static long? Amount(IConfigurationSection section) =>
        section[Key] is not string text ? null
        : !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? throw new InvalidOperationException($"{section.Path}:{Key} must be a whole number of bytes; 0 for any amount")
        : bytes == 0 ? null
        : bytes;
}
