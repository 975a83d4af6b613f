using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Writes a conversation as the <c>messages</c> of a request.</summary>
/// <remarks>
/// <para>Tool results become one <c>tool</c> message each, directly after the calls they answer, as the API demands. Such a message holds
/// text only, so images in a result follow in a <c>user</c> message after the last result.</para>
/// <para>Not sent: usage, errors, approvals, and files that an assistant produced; the API has no place for them.</para>
/// </remarks>
internal sealed class MessageWriter(Utf8JsonWriter json, Failures failures, string? reasoningField)
{
    private readonly ContentPartWriter _parts = new(json, failures);
    private readonly List<AIContent> _resultMedia = [];

    public void Write(string? instructions, IEnumerable<ChatMessage> messages)
    {
        json.WriteStartArray();
        if (!string.IsNullOrEmpty(instructions))
        {
            WriteText("system", null, instructions);
        }

        foreach (ChatMessage message in messages)
        {
            FunctionResultContent[] results = [.. message.Contents.OfType<FunctionResultContent>()];
            foreach (FunctionResultContent result in results)
            {
                WriteResult(result);
            }

            AIContent[] rest = [.. message.Contents.Where(content => content is not FunctionResultContent)];
            if (rest.Length > 0 || results.Length == 0)
            {
                WriteResultMedia();
                WriteMessage(message, rest);
            }
        }

        WriteResultMedia();
        json.WriteEndArray();
    }

    private void WriteMessage(ChatMessage message, AIContent[] contents)
    {
        if (message.Role == ChatRole.Assistant)
        {
            WriteAssistant(message, contents);
        }
        else if (message.Role == ChatRole.User)
        {
            WriteUser(message.AuthorName, contents);
        }
        else if (message.Role != ChatRole.Tool)
        {
            WriteText(message.Role.Value, message.AuthorName, Texts(contents));
        }
    }

    private void WriteAssistant(ChatMessage message, AIContent[] contents)
    {
        string text = Texts(contents);
        FunctionCallContent[] calls = [.. contents.OfType<FunctionCallContent>().Where(call => !call.InformationalOnly)];
        if (text.Length == 0 && calls.Length == 0)
        {
            return;
        }

        Start("assistant", message.AuthorName);
        if (text.Length > 0)
        {
            json.WriteString("content", text);
        }
        else
        {
            json.WriteNull("content");
        }

        if (reasoningField is not null && string.Concat(contents.OfType<TextReasoningContent>().Select(r => r.Text)) is { Length: > 0 } reasoning)
        {
            json.WriteString(reasoningField, reasoning);
        }

        if (calls.Length > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (FunctionCallContent call in calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.CallId);
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WriteString("arguments", ToolArguments.Write(call.Arguments));
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteUser(string? author, AIContent[] contents)
    {
        if (contents.All(content => content is TextContent))
        {
            WriteText("user", author, Texts(contents));
            return;
        }

        Start("user", author);
        json.WriteStartArray("content");
        foreach (AIContent content in contents)
        {
            _parts.Write(content);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteResult(FunctionResultContent result)
    {
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", result.CallId);
        json.WriteString("content", ToolResultText.Write(result, _resultMedia));
        json.WriteEndObject();
    }

    private void WriteResultMedia()
    {
        if (_resultMedia.Count > 0)
        {
            WriteUser(null, [new TextContent("Files from the tool results above:"), .. _resultMedia]);
            _resultMedia.Clear();
        }
    }

    private void WriteText(string role, string? author, string text)
    {
        Start(role, author);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private void Start(string role, string? author)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        if (Names.IsValid(author))
        {
            json.WriteString("name", author);
        }
    }

    private static string Texts(IEnumerable<AIContent> contents) => string.Concat(contents.OfType<TextContent>().Select(content => content.Text));
}
