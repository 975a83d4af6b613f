using System.Security.Cryptography;

namespace AgentSessions.Server;

/// <summary>The secret key of a server that was given none: made on first start, kept beside the data, readable by its owner only.</summary>
/// <remarks>There is no default key: every installation has its own (promise S5).</remarks>
internal static class GeneratedKeyFile
{
    public const string Name = "secret-key";

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the key unless it is there.</summary>
    /// <param name="directory">The data directory; created when missing.</param>
    /// <returns>The new key, or null if there was one.</returns>
    public static string? Ensure(string directory)
    {
        DataFolder.Ensure(directory);
        string path = Path.Combine(directory, Name);
        if (File.Exists(path))
        {
            return null;
        }

        // The prefix tells clients that they may sign tokens locally; 40 characters are more than 230 bits.
        string key = "tr_dev_" + RandomNumberGenerator.GetString(Alphabet, 40);
        Write(path, key);
        return key;
    }

    private static void Write(string path, string key)
    {
        // Written aside and renamed, so that a crash leaves either no key or a whole one.
        string aside = path + ".new";
        File.Delete(aside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(aside, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(key));
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, path);
    }
}
