namespace AgentSessions.Server.Memory;

/// <summary>Leaves room beside the managed heap in a small container, so that the kernel does not end a busy server.</summary>
/// <remarks>
/// By itself the runtime lets its heap grow to three quarters of a container. What else a server needs, compiled code, the database's pages, stacks and
/// buffers, is about 110 MiB and does not shrink with the container, so that below 512 MiB the last quarter is too little.
/// </remarks>
internal static class HeapLimit
{
    /// <summary>What is kept free of the heap, in bytes: 128 MiB.</summary>
    public const long Beside = 128L << 20;

    /// <summary>The least the heap gets, in bytes: 64 MiB. With less no server starts.</summary>
    public const long Least = 64L << 20;

    private const string Setting = "GCHeapHardLimit";

    // The runtime's own share of a container.
    private const double Share = 0.75;

    // Whoever sets the heap's limit, in the environment or the runtime's own configuration, has decided.
    private static readonly string[] _variables = [$"DOTNET_{Setting}", $"DOTNET_{Setting}Percent"];
    private static readonly string[] _properties = ["System.GC.HeapHardLimit", "System.GC.HeapHardLimitPercent"];

    /// <summary>How large the heap may become.</summary>
    /// <param name="available">Bytes that the runtime has given itself.</param>
    /// <returns>Bytes; null if the runtime's own limit leaves enough.</returns>
    public static long? For(long available)
    {
        long container = (long)(available / Share);
        return container - available >= Beside ? null : Math.Max(Least, container - Beside);
    }

    /// <summary>Sets the limit where one is needed.</summary>
    public static void Apply()
    {
        if (_variables.All(static name => Environment.GetEnvironmentVariable(name) is null)
            && _properties.All(static name => AppContext.GetData(name) is null)
            && For(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } limit)
        {
            AppContext.SetData(Setting, (ulong)limit);
            GC.RefreshMemoryLimit();
        }
    }
}
