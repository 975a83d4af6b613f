using AgentSessions.Server.Restarts;

namespace AgentSessions.Server.Memory;

/// <summary>Gives the runtime room for 128 MiB of new objects before it collects, in place of 16 MiB.</summary>
/// <remarks>
/// What lives through a collection is moved, and under load that is what all turns have in hand: with more room the same work is collected less
/// often, which takes about a quarter of the processor's time off a chunk (docs/performance.md). The runtime reads this size from the environment at
/// its start and from nowhere else, so the process replaces itself once: same id, arguments, streams. Set the variable, to any value, and it does not.
/// </remarks>
internal static class NewObjectRoom
{
    /// <summary>Bytes in hexadecimal.</summary>
    public const string Variable = "DOTNET_GCgen0size";

    private const string Size = "0x8000000";

    /// <summary>With less memory than this, 2 GiB, the room is better used otherwise.</summary>
    private const long LeastMemory = 2L << 30;

    // Somebody who watches the runtime's start, or has chosen another collector, would be surprised.
    private static readonly string[] _others = [Variable, "DOTNET_gcServer", "DOTNET_GCHeapHardLimit", "DOTNET_GCName", "DOTNET_DiagnosticPorts"];

    /// <summary>Returns where nothing is to be done or it cannot be; else this process goes on as a new one.</summary>
    public static void Widen()
    {
        if (!_others.Any(static name => Environment.GetEnvironmentVariable(name) is not null)
            && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= LeastMemory)
        {
            ProcessRestart.TryRestart($"{Variable}={Size}");
        }
    }
}
