using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>Puts the values of one archive, and takes them back if the import fails. What is there already stays as it is.</summary>
internal sealed class ValueImport(IStateStore state, IReadOnlyCollection<IArchivedValues> sources, SessionRow session)
{
    private const int MaxBytes = 32 * 1024 * 1024;

    private readonly List<StateKey> _made = [];

    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: the line is no value of this session.</exception>
    public async ValueTask PutAsync(ValueLine line, ArchiveReader lines, CancellationToken cancellationToken)
    {
        if (Bytes(line) is not { Length: <= MaxBytes } value)
        {
            throw lines.Malformed("holds no value");
        }

        if (!sources.Any(source => source.Takes(session, line.Space, line.Name, value)))
        {
            throw lines.Malformed("is a value that an archive of this session cannot bring");
        }

        var key = new StateKey(session.Key.Environment, line.Space, line.Name);
        if (await state.PutAsync(new StatePut(key, value, line.Owned ? session.Key : null), expectedVersion: 0, cancellationToken) is not null && !line.Owned)
        {
            _made.Add(key);
        }
    }

    /// <summary>Removes what was made and does not go with the session.</summary>
    public async ValueTask TakeBackAsync()
    {
        foreach (StateKey key in _made)
        {
            await state.PutAsync(new StatePut(key, Value: null), expectedVersion: null, CancellationToken.None);
        }
    }

    private static byte[]? Bytes(ValueLine line)
    {
        try
        {
            return (line.Text, line.Base64) switch
            {
                ({ } text, null) => Encoding.UTF8.GetBytes(text),
                (null, { } base64) => Convert.FromBase64String(base64),
                _ => null,
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
