using System.Globalization;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>What a reader's headers ask for (wire document, section 5.2).</summary>
/// <param name="Silence">When to close the window.</param>
/// <param name="After">The last sequence the reader has seen; null to start at the beginning.</param>
/// <param name="StartsAtTail">Whether to start with what comes next.</param>
/// <param name="PeeksSettled">Whether to close at once if nothing will come.</param>
internal sealed record ReadRequest(TimeSpan Silence, long? After, bool StartsAtTail, bool PeeksSettled)
{
    private const int DefaultSeconds = 60;
    private const int MaxSeconds = 600;

    /// <exception cref="RequestRefusedException">400: the time is no whole number of seconds within bounds.</exception>
    public static ReadRequest Of(IHeaderDictionary headers)
    {
        string? lastEventId = headers["Last-Event-ID"];
        return new ReadRequest(
            TimeSpan.FromSeconds(SilenceOf(headers["Timeout-Seconds"])),
            lastEventId is null ? null : SequenceOf(lastEventId),
            StartsAtTail: lastEventId is null && headers["X-Trigger-Stream-Start"] == "latest",
            PeeksSettled: headers["X-Peek-Settled"] == "1");
    }

    /// <summary>The first sequence to send. Beyond the tail is the tail, so that a client restored against a fresh store does not wait for ever.</summary>
    public Cursor From(StreamBounds bounds)
    {
        if (StartsAtTail || After >= bounds.Tail.LastSequence)
        {
            return bounds.Tail;
        }

        return After is long seen ? Cursor.After(seen) : Cursor.Start;
    }

    private static int SilenceOf(string? text)
    {
        if (text is null)
        {
            return DefaultSeconds;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is >= 1 and <= MaxSeconds
            ? seconds
            : throw Refuse.BadRequest($"Timeout-Seconds must be a whole number from 1 to {MaxSeconds}", "Timeout-Seconds");
    }

    /// <summary>The number before the first dash; null for anything else, which means the beginning.</summary>
    private static long? SequenceOf(string text)
    {
        ReadOnlySpan<char> number = text.AsSpan();
        int dash = number.IndexOf('-');
        number = dash < 0 ? number : number[..dash];
        if (number.IsEmpty || number.ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) ? sequence : long.MaxValue;
    }
}
