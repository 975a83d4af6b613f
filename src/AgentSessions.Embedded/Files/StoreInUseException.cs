namespace AgentSessions.Embedded.Files;

/// <summary>Another process, or another store of this one, has the data directory open.</summary>
public sealed class StoreInUseException(string directory, Exception innerException) : Exception(
    $"The data directory {directory} is in use by another process. Stop it, or give this one a directory of its own.", innerException)
{
    /// <summary>The directory.</summary>
    public string Directory { get; } = directory;
}
