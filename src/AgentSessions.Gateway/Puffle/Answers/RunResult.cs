using System.Text.Json;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Answers;

/// <summary>What a completed run answers: the final text, the whole log and the tool calls.</summary>
/// <param name="Before">What the agent saw of the conversation before the run.</param>
/// <param name="Receipt">What the run added.</param>
internal sealed record RunResult(IEnumerable<UIMessage> Before, TurnReceipt Receipt)
{
    /// <summary>A result out of a stored conversation, which may have gone on since.</summary>
    public static RunResult Of(IReadOnlyList<UIMessage> stored, TurnReceipt receipt)
    {
        string? first = receipt.Messages.FirstOrDefault()?.Id;
        return stored.Any(message => message.Id == first)
            ? new RunResult(stored.TakeWhile(message => message.Id != first), receipt)
            : new RunResult([], receipt);
    }

    public void WriteFields(Utf8JsonWriter json)
    {
        LogEntry[] own = [.. LogEntry.Of(Receipt.Messages)];
        json.WriteString("text"u8, LogEntry.FinalText(own));
        json.WriteStartArray("messages"u8);
        foreach (LogEntry entry in LogEntry.Of(Before).Concat(own))
        {
            WriteEntry(json, entry);
        }

        json.WriteEndArray();
        json.WriteStartArray("toolCalls"u8);
        foreach (ToolPart call in Receipt.Messages.SelectMany(static message => message.Tools))
        {
            WriteCall(json, call);
        }

        json.WriteEndArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, LogEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, entry.Role);
        if (entry.Call is { } call)
        {
            json.WriteString("toolCallId"u8, call.ToolCallId);
            json.WriteString("toolName"u8, call.ToolName);
        }

        json.WriteString("content"u8, entry.Content);
        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, ToolPart call)
    {
        json.WriteStartObject();
        json.WriteString("toolCallId"u8, call.ToolCallId);
        json.WriteString("toolName"u8, call.ToolName);
        json.WritePropertyName("args"u8);
        (call.Input ?? UIJson.Null).WriteTo(json);
        if (LogEntry.ResultOf(call) is { } result)
        {
            json.WritePropertyName("result"u8);
            result.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
