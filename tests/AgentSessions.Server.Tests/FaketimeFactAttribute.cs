namespace AgentSessions.Server.Tests;

/// <summary>A test that sets the clock of a program, and of no other.</summary>
internal sealed class FaketimeFactAttribute : FactAttribute
{
    public static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Select(static folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;

    public FaketimeFactAttribute() => Skip = Library is null ? "Needs faketime (apt-get install faketime)." : null;
}
