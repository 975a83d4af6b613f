using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Naming;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Documents;

/// <summary>Keeps files in the session store, each under its user's name: nobody else can find it.</summary>
internal sealed class DocumentStore(ISessionEngine engine, StorageQuota quota, IOptions<DocumentsOptions> options, TimeProvider time)
{
    internal const string Space = "documents";
    internal const string ContentSpace = "document-contents";

    /// <summary>The largest file in bytes.</summary>
    public int MaxBytes => options.Value.MaxBytes;

    /// <summary>Stores a file.</summary>
    /// <param name="user">Whose it is.</param>
    /// <param name="id">Its id; storing an id again changes nothing.</param>
    /// <param name="name">Its file name.</param>
    /// <param name="mediaType">As it came.</param>
    /// <param name="content">At most <see cref="MaxBytes"/>.</param>
    /// <param name="owner">The session it is deleted with; null for an upload.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestRefusedException">409: the user has uploaded as many files as they may; what belongs to a session does not count.</exception>
    public async ValueTask<Document> AddAsync(
        GatewayUser user, string id, string name, string mediaType, ReadOnlyMemory<byte> content, SessionKey? owner, CancellationToken cancellationToken)
    {
        if (await FindAsync(user, id, cancellationToken) is { } known)
        {
            return known;
        }

        if (owner is null && await EntriesOf(user, cancellationToken).CountAsync(static entry => entry.Owner is null, cancellationToken) >= options.Value.MaxCount)
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status409Conflict, "There are too many documents"));
        }

        await quota.AdmitAsync(user.Environment, content.Length, cancellationToken);
        (int width, int height) = ImageSize.Of(content.Span);
        var document = new Document(id, name, mediaType, content.Length, time.GetUtcNow().ToUnixTimeMilliseconds()) { Width = width, Height = height };

        // The content first: whoever finds the document finds its content.
        await engine.State.PutAsync(new StatePut(KeyOf(ContentSpace, user, id), content, owner), expectedVersion: null, cancellationToken);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, JsonSerializerOptions.Web);
        await engine.State.PutAsync(new StatePut(KeyOf(Space, user, id), json, owner), expectedVersion: null, cancellationToken);
        return document;
    }

    /// <summary>The user's document, or null.</summary>
    public async ValueTask<Document?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken) =>
        await engine.State.GetAsync(KeyOf(Space, user, id), cancellationToken) is { } entry ? Read(entry) : null;

    /// <summary>Its bytes.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(GatewayUser user, Document document, CancellationToken cancellationToken) =>
        (await engine.State.GetAsync(KeyOf(ContentSpace, user, document.Id), cancellationToken))?.Value;

    /// <summary>All of the user's documents, the newest first.</summary>
    public async ValueTask<IReadOnlyList<Document>> ListAsync(GatewayUser user, CancellationToken cancellationToken) =>
        await EntriesOf(user, cancellationToken).Select(Read).OrderByDescending(static document => document.At).ToArrayAsync(cancellationToken);

    /// <summary>In the order of their names, which says nothing about their age.</summary>
    private IAsyncEnumerable<StateEntry> EntriesOf(GatewayUser user, CancellationToken cancellationToken) =>
        engine.State.ReadAllAsync(user.Environment, Space, Prefix(user), cancellationToken: cancellationToken);

    private static Document Read(StateEntry entry) => JsonSerializer.Deserialize<Document>(entry.Value.Span, JsonSerializerOptions.Web)!;

    private static StateKey KeyOf(string space, GatewayUser user, string id) => new(user.Environment, space, Prefix(user) + StateName.Of(id));

    private static string Prefix(GatewayUser user) => StateName.Prefix(user.Id);
}
