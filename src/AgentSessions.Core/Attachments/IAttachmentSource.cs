namespace AgentSessions.Core.Attachments;

/// <summary>Has the files that messages refer to. A host without one leaves such references as they are.</summary>
public interface IAttachmentSource
{
    /// <summary>Reads a file.</summary>
    /// <param name="environment">The environment of the session that reads.</param>
    /// <param name="address">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null if there is none any more.</returns>
    ValueTask<Attachment?> ReadAsync(string environment, AttachmentAddress address, CancellationToken cancellationToken);
}

/// <summary>A file beside a session.</summary>
/// <param name="Name">Its file name, for people.</param>
/// <param name="MediaType">As it was uploaded.</param>
/// <param name="Content">Its bytes.</param>
public sealed record Attachment(string Name, string MediaType, ReadOnlyMemory<byte> Content);
