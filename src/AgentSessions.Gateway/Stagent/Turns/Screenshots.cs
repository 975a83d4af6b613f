using System.Security.Cryptography;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Keeps the images that agents make, so that clients can fetch them. The same image is kept once, whoever sees it first.</summary>
internal sealed class Screenshots(DocumentStore documents, StagentAccess access)
{
    private const int MaxEncodedBytes = 20 * 1024 * 1024;
    private const string Marker = ";base64,";

    /// <summary>The kept image; null for what is none, is too large, is hosted elsewhere, or finds its environment full: the rest is shown without it.</summary>
    /// <param name="session">The session it was made in, and is deleted with.</param>
    /// <param name="userId">Whose session that is; null for nobody's.</param>
    /// <param name="mediaType">Such as <c>image/png</c>.</param>
    /// <param name="url">A data URL.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Screenshot?> KeepAsync(
        SessionKey session, string? userId, string mediaType, string url, CancellationToken cancellationToken)
    {
        int data = url.IndexOf(Marker, StringComparison.Ordinal);
        if (!mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) || !url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
            || data < 0 || url.Length - data > MaxEncodedBytes)
        {
            return null;
        }

        byte[] bytes = new byte[(url.Length - data) * 3 / 4];
        if (!Convert.TryFromBase64Chars(url.AsSpan(data + Marker.Length), bytes, out int length) || length > documents.MaxBytes)
        {
            return null;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length)));
        string id = StableId.Of("screenshot", session.Environment, session.Key, hash);
        var user = new GatewayUser(userId ?? access.LocalUser.Id, session.Environment);
        try
        {
            Document document = await documents.AddAsync(user, id, "screenshot", mediaType, bytes.AsMemory(0, length), session, cancellationToken);
            return new Screenshot(id, $"{document.Path}?inline=1&thumb=1", $"{document.Path}?inline=1", document.Width, document.Height);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.StorageFull)
        {
            return null;
        }
    }
}
