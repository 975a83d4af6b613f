using System.Globalization;

namespace AgentSessions.Gateway.Native.Wire;

/// <summary>How values look on the wire.</summary>
internal static class WireText
{
    /// <summary>A moment as JavaScript's <c>toISOString</c> writes it.</summary>
    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
