using AgentSessions.Server.Settings;

namespace AgentSessions.Server;

/// <summary>The folder that everything is kept in.</summary>
internal static class DataFolder
{
    /// <summary>Makes the folder if it is missing, for its owner only, and sees whether files can be made in it.</summary>
    /// <exception cref="InvalidOperationException">They cannot; the message names the setting and the folder.</exception>
    public static void Ensure(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            using var probe = new FileStream(
                Path.Combine(path, $".{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"{ServerOptions.Section}:{nameof(ServerOptions.DataDirectory)} {path} cannot be written: {exception.Message}", exception);
        }
    }
}
