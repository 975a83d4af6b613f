using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using AgentSessions.Agents;

namespace AgentSessions.Core.Telemetry;

/// <summary>How an error that is meant for the user is told to the operator: texts may quote the conversation, so only kinds and places are.</summary>
internal static class UserErrors
{
    /// <summary>The kind, and those of the failures behind it, such as <c>AgentUserException: HttpRequestException</c>.</summary>
    public static string Kind(this AgentUserException exception)
    {
        var kinds = new List<string>();
        for (Exception? cause = exception; cause is not null; cause = cause is JsonException ? null : cause.InnerException)
        {
            kinds.Add(cause switch
            {
                JsonException { Path: { Length: > 0 } path } => $"{nameof(JsonException)} at {path}",

                // Names the field that is wrong, in the words of the rule.
                ValidationException rule => rule.Message.TrimEnd('.'),
                _ => cause.GetType().Name,
            });
        }

        return string.Join(": ", kinds);
    }
}
