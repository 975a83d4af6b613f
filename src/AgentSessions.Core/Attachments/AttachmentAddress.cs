using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Attachments;

/// <summary>How a message names a file that is kept beside its session: <c>attachment:{session}/{id}</c>, as the <c>url</c> of a file part.</summary>
/// <remarks>
/// It names the session that the file was uploaded to, so that forks find it. The id cannot be guessed: whoever refers to a file was shown it.
/// </remarks>
/// <param name="Session">The session's key, in the environment of whoever reads.</param>
/// <param name="Id">The file's id.</param>
public readonly record struct AttachmentAddress(string Session, string Id)
{
    /// <summary>What every such address begins with.</summary>
    public const string Scheme = "attachment:";

    private const int MaxLength = 1024;

    /// <summary>Reads an address; null for any other text.</summary>
    public static AttachmentAddress? Parse(string url)
    {
        if (!url.StartsWith(Scheme, StringComparison.Ordinal) || url.Length > MaxLength)
        {
            return null;
        }

        string[] parts = url[Scheme.Length..].Split('/');
        return parts is [{ Length: > 0 } session, { Length: > 0 } id] ? new AttachmentAddress(Uri.UnescapeDataString(session), Uri.UnescapeDataString(id)) : null;
    }

    /// <summary>The session in an environment.</summary>
    public SessionKey In(string environment) => new(environment, Session);

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Uri.EscapeDataString(Session)}/{Uri.EscapeDataString(Id)}";
}
