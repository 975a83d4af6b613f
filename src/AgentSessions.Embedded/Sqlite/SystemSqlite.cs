using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Loads SQLite: the operating system's library, which its distribution patches, or else the bundled one.</summary>
internal static class SystemSqlite
{
    private const string BundledName = "e_sqlite3";

    private static readonly string[] _systemNames = OperatingSystem.IsLinux() ? ["libsqlite3.so.0"]
        : OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib"]
        : [];

    private static readonly Lazy<string> _version = new(Load);

    /// <summary>The version in use, such as <c>3.40.1</c>. The first call loads the library.</summary>
    public static string Version => _version.Value;

    private static string Load()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // Somebody else in this process decided already.
        }

        Batteries_V2.Init();
        return raw.sqlite3_libversion().utf8_to_string();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name == BundledName)
        {
            foreach (string system in _systemNames)
            {
                if (NativeLibrary.TryLoad(system, out nint library))
                {
                    return library;
                }
            }
        }

        return 0;
    }
}
