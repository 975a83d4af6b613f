using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Files;

/// <summary>Tells a full disk from other failures, and both as the exception that callers know.</summary>
internal static class DiskFailure
{
    /// <summary>The errno of Linux for a file that may not get so long.</summary>
    public const int TooLarge = 27;

    // Likewise no space, and quota. The last is what .NET uses on Windows.
    private const int NoSpace = 28;
    private const int NoQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsFull(IOException exception) => exception.HResult is TooLarge or NoSpace or NoQuota or WindowsDiskFull;

    public static StoreUnavailableException AsUnavailable(this IOException exception) => IsFull(exception)
        ? new StoreUnavailableException("No room is left for the store's files.", exception) { IsFull = true }
        : new StoreUnavailableException("The store's files could not be written.", exception);
}
