using AgentSessions.Core.Attachments;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Native.Attachments;

/// <summary>Files of sessions in the document store: each is found under its session alone, and deleted with it.</summary>
internal sealed class SessionAttachments(IServiceProvider services, IOptions<DocumentsOptions> options) : IAttachmentSource
{
    // Asked for when first needed: documents are kept by the engine, and the engine's runs ask here.
    private readonly Lazy<DocumentStore> _documents = new(services.GetRequiredService<DocumentStore>);

    /// <summary>Stores a file.</summary>
    /// <exception cref="RequestRefusedException">409: the session has as many as it may.</exception>
    public async ValueTask<Document> AddAsync(SessionKey session, string name, string mediaType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        GatewayUser owner = OwnerOf(session);
        if ((await _documents.Value.ListAsync(owner, cancellationToken)).Count >= options.Value.MaxPerSession)
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status409Conflict, "The session has too many attachments") { Code = "too_many_attachments" });
        }

        return await _documents.Value.AddAsync(owner, Guid.NewGuid().ToString("N"), name, mediaType, content, session, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<Attachment?> ReadAsync(string environment, AttachmentAddress address, CancellationToken cancellationToken)
    {
        GatewayUser owner = OwnerOf(address.In(environment));
        return await _documents.Value.FindAsync(owner, address.Id, cancellationToken) is { } document
            && await _documents.Value.ReadAsync(owner, document, cancellationToken) is { } content
                ? new Attachment(document.Name, document.MediaType, content)
                : null;
    }

    /// <summary>As whose the documents are kept: longer than the id of any user, so that no user's documents are ever meant.</summary>
    public static GatewayUser OwnerOf(SessionKey session) => new($"{new string('-', 128)}session/{session.Key}", session.Environment);
}
