using System.Globalization;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>A session's place in lists. It stays one when the session is deleted, so that whoever deletes what is listed gets to the end.</summary>
/// <param name="Id">The friendly id.</param>
/// <param name="CreatedAt">When the session was made; null has the store look it up, which finds nothing once the session is deleted.</param>
public readonly record struct SessionPlace(string Id, DateTimeOffset? CreatedAt)
{
    private const int MaxIdLength = 64;
    private const char Separator = '.';

    public static SessionPlace Of(SessionRow row) => new(row.Id, row.CreatedAt);

    /// <summary>Reads what <see cref="ToString"/> wrote, or a friendly id alone.</summary>
    /// <returns>Null if it is neither.</returns>
    public static SessionPlace? Parse(string text)
    {
        int end = text.IndexOf(Separator, StringComparison.Ordinal);
        string id = end < 0 ? text : text[..end];
        bool isId = id.Length <= MaxIdLength && id.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)
            && id.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
        if (!isId)
        {
            return null;
        }

        if (end < 0)
        {
            return new SessionPlace(id, CreatedAt: null);
        }

        return long.TryParse(text.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new SessionPlace(id, new DateTimeOffset(ticks, TimeSpan.Zero))
            : null;
    }

    /// <summary>The cursor that clients get: the id and, behind a dot, the ticks of the time.</summary>
    public override string ToString() => CreatedAt is { } time ? $"{Id}{Separator}{time.UtcTicks}" : Id;
}
