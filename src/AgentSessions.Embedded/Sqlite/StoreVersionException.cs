namespace AgentSessions.Embedded.Sqlite;

/// <summary>The data directory was written by a newer version of this program.</summary>
public sealed class StoreVersionException(long found, long known) : Exception(
    $"The store's schema has version {found}; this program knows versions up to {known}. Use the version that wrote it, or a newer one.");
