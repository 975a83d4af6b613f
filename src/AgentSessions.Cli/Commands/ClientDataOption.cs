using System.CommandLine;
using System.Text.Json;

namespace AgentSessions.Cli.Commands;

/// <summary><c>--client-data</c>: the application's data, as agents with typed client data want it.</summary>
internal static class ClientDataOption
{
    public static Option<string?> Create()
    {
        Option<string?> option = new("--client-data") { Description = "JSON to send as client data with the chat's start and every message" };
        option.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && Read(result.Tokens[0].Value) is null)
            {
                result.AddError("--client-data must be JSON, such as '{\"language\":\"English\"}'");
            }
        });
        return option;
    }

    /// <summary>The data; null for what is no JSON.</summary>
    public static JsonElement? Read(string text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
