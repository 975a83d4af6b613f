using System.Globalization;
using System.Net.Http.Headers;

namespace AgentSessions.Models.Calls;

/// <summary>Reads how long a provider asks to wait: <c>retry-after-ms</c>, or Retry-After as seconds or as a date.</summary>
internal static class RetryAfterHeader
{
    public static TimeSpan? Read(HttpResponseHeaders? headers, DateTimeOffset now)
    {
        if (headers is null)
        {
            return null;
        }

        if (headers.TryGetValues("retry-after-ms", out IEnumerable<string>? values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds))
        {
            return Positive(milliseconds / 1_000);
        }

        if (headers.RetryAfter is { } retryAfter)
        {
            return retryAfter.Delta ?? (retryAfter.Date is { } date ? Positive((date - now).TotalSeconds) : null);
        }

        // Fractions of a second are not in the standard, but are sent.
        return headers.TryGetValues("Retry-After", out values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? Positive(seconds)
            : null;
    }

    private static TimeSpan? Positive(double seconds) => double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400)) : null;
}
