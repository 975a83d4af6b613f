using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;

namespace AgentSessions.Gateway.Puffle.Requests;

/// <summary>A conversation's UUID as a client writes it.</summary>
internal static partial class ConversationIdRule
{
    private const string Name = "conversationId";

    /// <summary>The field's value; null when it is absent or null.</summary>
    /// <exception cref="RequestRefusedException">400: no UUID.</exception>
    public static string? Of(BodyFields body)
    {
        if (body.Any(Name) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { } id && Pattern().IsMatch(id)
            ? id
            : throw body.Wrong(Name, "must be a UUID");
    }

    /// <summary>Versions 1 to 8 of the usual variant, and the two special ones.</summary>
    [GeneratedRegex(
        @"\A(?:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
