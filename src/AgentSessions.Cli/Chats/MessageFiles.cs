using AgentSessions.Cli.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Files that go with the next message, as part of it.</summary>
internal sealed class MessageFiles
{
    // A message has at most 1 MiB with everything in it, and base64 makes four bytes of three.
    private const long MaxBytes = 700 * 1024;

    private readonly List<FilePart> _files = [];
    private long _bytes;

    /// <summary>Takes a file.</summary>
    /// <exception cref="CliException">It cannot be read, or is too large together with those before it.</exception>
    public FilePart Add(string path)
    {
        byte[] content = Read(path);
        if (_bytes + content.Length > MaxBytes)
        {
            throw new CliException(ExitCode.Usage, $"{path} is too large: the files of a message may have {MaxBytes / 1024} KiB together");
        }

        _bytes += content.Length;
        string name = Path.GetFileName(path);
        string mediaType = MediaTypes.Of(name);
        var file = new FilePart(mediaType, $"data:{mediaType};base64,{Convert.ToBase64String(content)}") { Filename = name };
        _files.Add(file);
        return file;
    }

    /// <summary>The message, with the files that wait; from then on none does.</summary>
    public UIMessage Take(string text)
    {
        UIMessage message = UIMessage.User(Guid.NewGuid().ToString(), text);
        message = message with { Parts = [.. _files, .. message.Parts] };
        _files.Clear();
        _bytes = 0;
        return message;
    }

    private static byte[] Read(string path)
    {
        try
        {
            // Looked at before it is read: nobody waits for a disk image that is refused anyway.
            return new FileInfo(path).Length <= MaxBytes ? File.ReadAllBytes(path) : new byte[MaxBytes + 1];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException(ExitCode.Usage, $"{path} cannot be read: {exception.Message}");
        }
    }
}
