using System.Text.Json;

namespace AgentSessions.Core.Archives;

/// <summary>Writes lines, and at the end how many there were.</summary>
internal sealed class ArchiveWriter(Stream target)
{
    private static readonly byte[] _newLine = "\n"u8.ToArray();
    private long _lines;

    public async Task WriteAsync(ArchiveLine line, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(target, line, ArchiveLine.Json, cancellationToken);
        await target.WriteAsync(_newLine, cancellationToken);
        _lines++;
    }

    public Task EndAsync(CancellationToken cancellationToken) => WriteAsync(new EndLine(_lines), cancellationToken);
}
