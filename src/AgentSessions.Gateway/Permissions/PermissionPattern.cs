using System.Buffers;
using System.Text.Json;

namespace AgentSessions.Gateway.Permissions;

/// <summary>An always-allow rule: <c>Tool</c>, <c>Tool(key:value)</c> or <c>Tool(key:prefix*)</c>.</summary>
/// <param name="Tool">The tool's name, compared exactly.</param>
/// <param name="Key">The key of the input that is looked at; null allows every use of the tool.</param>
/// <param name="Value">What the input must have under the key, as text, or must begin with.</param>
/// <param name="IsPrefix">Whether <paramref name="Value"/> is a beginning.</param>
internal sealed record PermissionPattern(string Tool, string? Key, string Value, bool IsPrefix)
{
    // A prefix that was allowed must not carry another command along.
    private static readonly SearchValues<char> _shellSyntax = SearchValues.Create(";&|`<>\n\r$");

    /// <summary>Reads a rule; a text of another form is the bare name of a tool.</summary>
    public static PermissionPattern Parse(string text)
    {
        int open = text.IndexOf('(');
        int colon = open < 0 ? -1 : text.IndexOf(':', open);
        if (open <= 0 || colon < 0 || !text.EndsWith(')'))
        {
            return new PermissionPattern(text, null, "", IsPrefix: false);
        }

        string value = text[(colon + 1)..^1];
        bool isPrefix = value.EndsWith('*');
        return new PermissionPattern(text[..open], text[(open + 1)..colon], isPrefix ? value[..^1] : value, isPrefix);
    }

    /// <summary>The rule that "always" means for a call: for a shell command its first word, else the tool.</summary>
    public static string Build(string tool, JsonElement? input) => tool switch
    {
        "Bash" => FirstWord(tool, "command", input),
        "bash" => FirstWord(tool, "cmd", input),
        _ => tool,
    };

    /// <summary>Whether the rule allows a call.</summary>
    public bool Allows(string tool, JsonElement? input)
    {
        if (tool != Tool)
        {
            return false;
        }

        if (Key is null)
        {
            return true;
        }

        if (input is not { ValueKind: JsonValueKind.Object } json || !json.TryGetProperty(Key, out JsonElement value))
        {
            return false;
        }

        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return IsPrefix
            ? text.StartsWith(Value, StringComparison.Ordinal) && !text.AsSpan(Value.Length).ContainsAny(_shellSyntax)
            : text == Value;
    }

    private static string FirstWord(string tool, string key, JsonElement? input) =>
        input is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(key, out JsonElement command) && command.ValueKind == JsonValueKind.String
            && command.GetString()!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() is { } word
            ? $"{tool}({key}:{word} *)"
            : tool;
}
