using System.Diagnostics;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Telemetry;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Redaction;

/// <summary>Whether spans hold what is said, and what of it. Unless a host registers one that is on, or an agent asks for it, no text is ever recorded.</summary>
/// <param name="isOn">For agents that leave it to the host (<see cref="PrivacyOptions.RecordText"/> null).</param>
/// <param name="redactors">Called one after the other with every text before it is recorded, of whichever agent.</param>
public sealed class MessageCapture(bool isOn, IEnumerable<ITextRedactor> redactors)
{
    private readonly ITextRedactor[] _redactors = [.. redactors];

    /// <summary>What an agent's spans may hold; null for no text.</summary>
    internal SpanText? For(PrivacyOptions privacy) => privacy.RecordText ?? isOn
        ? new SpanText(text => _redactors.Aggregate(privacy.RedactRecorded?.Invoke(text) ?? text, static (left, redactor) => redactor.Redact(left)))
        : null;
}

/// <summary>Takes down in a span what was said.</summary>
internal sealed class SpanText(Func<string, string> redact)
{
    /// <summary>What a turn was asked and answered.</summary>
    public void Turn(Activity activity, string? input, string? output)
    {
        activity.SetTag(GenAINames.InputMessages, input is null ? null : redact(input));
        activity.SetTag(GenAINames.OutputMessages, output is null ? null : redact(output));
    }

    /// <summary>What a model is asked.</summary>
    public void Asked(Activity activity, IEnumerable<ChatMessage> messages) =>
        activity.SetTag(GenAINames.InputMessages, ToJson(messages.Select(static message => (message.Role.Value, message.Text))));

    /// <summary>What it said.</summary>
    public void Said(Activity activity, string text) =>
        activity.SetTag(GenAINames.OutputMessages, ToJson([(ChatRole.Assistant.Value, text)]));

    private string ToJson(IEnumerable<(string Role, string Text)> messages) => JsonSerializer.Serialize(messages.Select(message => new
    {
        role = message.Role,
        parts = new[] { new { type = "text", content = redact(message.Text) } },
    }));
}
