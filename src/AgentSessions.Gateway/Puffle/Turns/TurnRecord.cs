using System.Text.Json;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>The record of <c>in</c> that brings a turn's message.</summary>
internal static class TurnRecord
{
    private static readonly string _someChat = Guid.Empty.ToString();
    private static readonly string _someRun = new('0', RunIds.Length);

    public static byte[] Write(string chatId, UIMessage message, string? currentPage) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            kind = "message",
            payload = new
            {
                chatId,
                trigger = "submit-message",
                message,
                metadata = currentPage is null ? null : new { currentPage },
            },
        },
        UIJson.Options);

    /// <summary>Refuses what no record can hold, before anything is spent on it or made for it. Quotes and line ends count several times.</summary>
    /// <exception cref="RequestRefusedException">413.</exception>
    public static void RequireFits(UIMessage message, string? currentPage)
    {
        if (!RecordLimits.FitsText(Write(_someChat, message, currentPage), _someRun))
        {
            throw Refuse.TooLarge("The message is too large: with its escapes it may have 1 MiB");
        }
    }
}
