using System.Security.Cryptography;

namespace AgentSessions.Server;

/// <summary>The secret key of a server that was given none: made on first start, kept beside the data, readable by its owner only.</summary>
/// <remarks>There is no default key: every installation has its own (promise S5).</remarks>
internal static class SecretKeyFile
{
    public const string Name = "secret-key";

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes it.</summary>
    /// <param name="directory">The data directory; created when missing.</param>
    /// <param name="isNew">Whether this call made it.</param>
    public static string ReadOrCreate(string directory, out bool isNew)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, Name);
        isNew = !File.Exists(path);
        if (isNew)
        {
            // The prefix tells clients that they may sign tokens locally; 40 characters are more than 230 bits.
            Write(path, "tr_dev_" + RandomNumberGenerator.GetString(Alphabet, 40));
        }

        return Read(path);
    }

    /// <summary>Reads a key from a file; blanks and line ends around it do not count.</summary>
    /// <exception cref="InvalidOperationException">The file is missing or empty.</exception>
    public static string Read(string path)
    {
        string key;
        try
        {
            key = File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"AgentSessions:SecretKeyFile cannot be read: {exception.Message}", exception);
        }

        return key.Length > 0 ? key : throw new InvalidOperationException("AgentSessions:SecretKeyFile is empty");
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
