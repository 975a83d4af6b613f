using System.Text;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Archives;

/// <summary>The values that go along with one session: found before its lines are written, and written after them.</summary>
internal sealed class ValueExport
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<ArchivedValue> _values = [];
    private readonly HashSet<string> _awaited = [];

    private ValueExport()
    {
    }

    public static async Task<ValueExport> FindAsync(IEnumerable<IArchivedValues> sources, SessionRow session, CancellationToken cancellationToken)
    {
        var found = new ValueExport();
        foreach (IArchivedValues source in sources)
        {
            await foreach (ArchivedValue value in source.ListAsync(session, cancellationToken))
            {
                found._values.Add(value);
                if (value.OnlyWith is { } text)
                {
                    found._awaited.Add(text);
                }
            }
        }

        return found;
    }

    /// <summary>Looks through a text of the session for what makes values go along.</summary>
    public void See(string text) => _awaited.RemoveWhere(awaited => text.Contains(awaited, StringComparison.Ordinal));

    /// <summary>Writes the values that are there and go along.</summary>
    public async Task WriteAsync(ArchiveWriter lines, IStateStore state, SessionRow session, TextRedaction? redaction, CancellationToken cancellationToken)
    {
        foreach (ArchivedValue value in _values.Where(value => value.OnlyWith is null || !_awaited.Contains(value.OnlyWith)))
        {
            var key = new StateKey(session.Key.Environment, value.Space, value.Name);
            if (await state.GetAsync(key, cancellationToken) is { } entry)
            {
                await lines.WriteAsync(Line(entry, session.Key, redaction), cancellationToken);
            }
        }
    }

    private static ValueLine Line(StateEntry entry, SessionKey session, TextRedaction? redaction)
    {
        ReadOnlyMemory<byte> bytes = redaction?.Value(entry.Key, entry.Value) ?? entry.Value;
        var line = new ValueLine(entry.Key.Space, entry.Key.Name, entry.Owner == session);
        try
        {
            string text = _strict.GetString(bytes.Span);
            return line with { Text = text };
        }
        catch (DecoderFallbackException)
        {
            return line with { Base64 = Convert.ToBase64String(bytes.Span) };
        }
    }
}
