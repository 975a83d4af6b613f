using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Telemetry;

/// <summary>Takes down in spans what is said to models and by them. Unless a host registers one, no text is ever recorded.</summary>
/// <param name="redactors">Called one after the other with every text before it is recorded.</param>
public sealed class MessageCapture(IEnumerable<ITextRedactor> redactors)
{
    private readonly ITextRedactor[] _redactors = [.. redactors];

    /// <summary>What a model is asked.</summary>
    internal void Asked(Activity activity, IEnumerable<ChatMessage> messages) =>
        activity.SetTag(GenAINames.InputMessages, ToJson(messages.Select(static message => (message.Role.Value, message.Text))));

    /// <summary>What it said.</summary>
    internal void Said(Activity activity, string text) =>
        activity.SetTag(GenAINames.OutputMessages, ToJson([(ChatRole.Assistant.Value, text)]));

    private string ToJson(IEnumerable<(string Role, string Text)> messages) => JsonSerializer.Serialize(messages.Select(message => new
    {
        role = message.Role,
        parts = new[] { new { type = "text", content = _redactors.Aggregate(message.Text, static (text, redactor) => redactor.Redact(text)) } },
    }));
}

/// <summary>Removes from a text what must not leave the process.</summary>
public interface ITextRedactor
{
    /// <summary>The text to record in its place. Must not throw.</summary>
    string Redact(string text);
}
