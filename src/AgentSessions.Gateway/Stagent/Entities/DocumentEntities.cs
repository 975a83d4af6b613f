using System.Globalization;
using System.Text;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>The user's uploaded files.</summary>
internal sealed class DocumentEntities(DocumentStore documents) : IEntitySource
{
    private const int MaxText = 8000;
    private const int MaxPreview = 2000;

    public string EntityType => "document";

    public async ValueTask<IReadOnlyList<ChatEntity>> SearchAsync(GatewayUser user, string text, int limit, CancellationToken cancellationToken) =>
    [
        .. (await documents.ListAsync(user, cancellationToken)).Where(document => document.Name.Contains(text, StringComparison.OrdinalIgnoreCase))
            .Take(limit).Select(static document => Of(document, details: null)),
    ];

    public async ValueTask<ChatEntity?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken) =>
        await documents.FindAsync(user, id, cancellationToken) is { } document ? Of(document, await DescribeAsync(user, document, cancellationToken)) : null;

    private async ValueTask<string> DescribeAsync(GatewayUser user, Document document, CancellationToken cancellationToken)
    {
        string facts = $"Type: {document.MediaType}\nSize: {Size(document)}\nStatus: ready";
        if (!document.IsText || await documents.ReadAsync(user, document, cancellationToken) is not { } content)
        {
            return facts;
        }

        string text = Encoding.UTF8.GetString(content.Span);
        return text.Length <= MaxText ? $"{facts}\nContent:\n{text}" : $"{facts}\nThe beginning of its content:\n{text[..MaxPreview]}";
    }

    private static ChatEntity Of(Document document, string? details) => new(document.Id, document.Name)
    {
        Status = "ready",
        Description = $"{document.MediaType}, {Size(document)}",
        Href = document.Path,
        Details = details,
    };

    private static string Size(Document document) => document.Size < 1024
        ? $"{document.Size} bytes"
        : string.Create(CultureInfo.InvariantCulture, $"{document.Size / 1024.0:0.#} KiB");
}
