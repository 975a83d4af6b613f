using System.Text.Json;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>The answer's text as it streams; tools, sources and failures as lines beside it.</summary>
internal sealed class TextAnswerView(Terminal terminal) : IAnswerView
{
    private const int MaxDetail = 200;

    private bool _isMidLine;
    private string? _messageId;

    public void History(IReadOnlyList<UIMessage> messages)
    {
        foreach (UIMessage message in messages)
        {
            terminal.Error.WriteLine($"{(message.Role == UIMessageRole.User ? "> " : "")}{PlainText.Safe(message.Text)}");
        }
    }

    public void Chunk(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case StartChunk { MessageId: { } id }:
                BeginMessage(id);
                break;
            case TextDeltaChunk text:
                Write(text.Delta);
                break;
            case TextEndChunk:
                EndLine();
                break;
            case ToolInputAvailableChunk tool:
                Note($"[{tool.ToolName} {Detail(tool.Input)}]");
                break;
            case ToolOutputAvailableChunk { Preliminary: not true } output:
                Note($"[-> {Detail(output.Output)}]");
                break;
            case ToolOutputErrorChunk failed:
                Note($"[failed: {failed.ErrorText}]");
                break;
            case ToolOutputDeniedChunk:
                Note("[denied]");
                break;
            case AbortChunk:
                Note("[stopped]");
                break;
            case ErrorChunk error:
                Note($"error: {error.ErrorText}");
                break;
        }
    }

    public void EndAnswer()
    {
        EndLine();
        _messageId = null;
    }

    public void Note(string text)
    {
        EndLine();
        terminal.Error.WriteLine(PlainText.Safe(text));
        terminal.Error.Flush();
    }

    /// <summary>The agent's host died in the middle when an answer begins under another id.</summary>
    private void BeginMessage(string id)
    {
        if (_messageId is not null && _messageId != id)
        {
            Note("[the answer begins again]");
        }

        _messageId = id;
    }

    private void Write(string text)
    {
        if (text.Length > 0)
        {
            terminal.Out.Write(PlainText.Safe(text));
            terminal.Out.Flush();
            _isMidLine = text[^1] != '\n';
        }
    }

    private void EndLine()
    {
        if (_isMidLine)
        {
            terminal.Out.WriteLine();
            terminal.Out.Flush();
            _isMidLine = false;
        }
    }

    private static string Detail(JsonElement value) => PlainText.Line(value.GetRawText(), MaxDetail);
}
