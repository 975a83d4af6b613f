namespace AgentSessions.Embedded.Files;

/// <summary>What is about to happen to a file; a test throws here what a disk would.</summary>
internal delegate void DiskProbe(DiskOperation operation, string path, long bytes);

/// <summary>What <see cref="DiskProbe"/> is told of.</summary>
internal enum DiskOperation
{
    Create,
    Read,
    Write,
    Sync,
}
