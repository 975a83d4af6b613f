using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes the tools on offer, which of them must be called, and whether several may be at once.</summary>
internal static class ToolWriter
{
    public static void Write(RequestBodyWriter body, Utf8JsonWriter json, ChatOptions options, Failures failures)
    {
        if (options.Tools is not { Count: > 0 } tools)
        {
            return;
        }

        if (body.Owns("tools"))
        {
            json.WriteStartArray();
            foreach (AITool tool in tools)
            {
                WriteFunction(json, tool as AIFunctionDeclaration
                    ?? throw failures.InvalidRequest($"a tool of type {tool.GetType().Name} cannot be sent to a Chat Completions server; only functions can"));
            }

            json.WriteEndArray();
        }

        if (options.ToolMode is { } mode && body.Owns("tool_choice"))
        {
            WriteChoice(json, mode);
        }

        if (options.AllowMultipleToolCalls is { } several && body.Owns("parallel_tool_calls"))
        {
            json.WriteBooleanValue(several);
        }
    }

    private static void WriteFunction(Utf8JsonWriter json, AIFunctionDeclaration function)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", function.Name);
        if (function.Description.Length > 0)
        {
            json.WriteString("description", function.Description);
        }

        json.WritePropertyName("parameters");
        function.JsonSchema.WriteTo(json);
        if (function.AdditionalProperties.TryGetValue("strict", out object? strict) && strict is bool value)
        {
            json.WriteBoolean("strict", value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, ChatToolMode mode)
    {
        switch (mode)
        {
            case RequiredChatToolMode { RequiredFunctionName: { } name }:
                json.WriteStartObject();
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", name);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case RequiredChatToolMode:
                json.WriteStringValue("required");
                break;
            case NoneChatToolMode:
                json.WriteStringValue("none");
                break;
            default:
                json.WriteStringValue("auto");
                break;
        }
    }
}
