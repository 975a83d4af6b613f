using AgentSessions.Core.Attachments;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Runs.State;

/// <summary>The files that a run's conversation refers to: read when a turn begins, given to the model in place of their addresses.</summary>
/// <remarks>Only what models are told changes. The conversation keeps the addresses, so that it stays small.</remarks>
/// <param name="source">Where files are kept; null for nowhere.</param>
/// <param name="environment">The environment of the run's session.</param>
/// <param name="maxBytes">How many bytes of files are held for the models.</param>
internal sealed class RunAttachments(IAttachmentSource? source, string environment, long maxBytes)
{
    // Made for the first file: most conversations have none.
    private Dictionary<string, DataContent?>? _read;
    private Stack<FilePart>? _unread;
    private long _bytes;

    /// <summary>Reads what is not read yet, the newest first, until the run holds as many bytes as it may.</summary>
    /// <param name="files">Parts of messages that came or changed, oldest first. What cannot be read now is read by the next call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask LoadAsync(IEnumerable<FilePart> files, CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return;
        }

        foreach (FilePart file in files)
        {
            (_unread ??= []).Push(file);
        }

        for (; _unread is not null && _unread.TryPeek(out FilePart? file); _unread.Pop())
        {
            _read ??= new Dictionary<string, DataContent?>(StringComparer.Ordinal);
            if (!_read.ContainsKey(file.Url) && AttachmentAddress.Parse(file.Url) is { } address)
            {
                Attachment? attachment = _bytes < maxBytes
                    ? await source.ReadAsync(environment, address, cancellationToken)
                    : null;
                _read[file.Url] = attachment is null ? null : new DataContent(attachment.Content, attachment.MediaType) { Name = attachment.Name };
                _bytes += attachment?.Content.Length ?? 0;
            }
        }
    }

    /// <summary>The message as the model is to see it.</summary>
    public ChatMessage Attach(ChatMessage message)
    {
        if (source is null || !message.Contents.Any(static content => AddressOf(content) is not null))
        {
            return message;
        }

        ChatMessage attached = message.Clone();
        attached.Contents = [.. message.Contents.Select(content => AddressOf(content) is { } url ? Content(url) : content)];
        return attached;
    }

    /// <summary>The message as it is stored: with the addresses again in place of the files.</summary>
    public ChatMessage Detach(ChatMessage message)
    {
        if (!message.Contents.Any(content => AddressOfRead(content) is not null))
        {
            return message;
        }

        ChatMessage detached = message.Clone();
        detached.Contents = [.. message.Contents.Select(content => AddressOfRead(content) is { } url ? new UriContent(url, ((DataContent)content).MediaType) : content)];
        return detached;
    }

    private string? AddressOfRead(AIContent content) => content is DataContent data ? _read?.FirstOrDefault(read => ReferenceEquals(read.Value, data)).Key : null;

    private AIContent Content(string url) => _read?.GetValueOrDefault(url) ?? (AIContent)new TextContent("[A file that was attached here is not available any more.]");

    private static string? AddressOf(AIContent content) =>
        content is UriContent uri && uri.Uri.OriginalString.StartsWith(AttachmentAddress.Scheme, StringComparison.Ordinal) ? uri.Uri.OriginalString : null;
}
