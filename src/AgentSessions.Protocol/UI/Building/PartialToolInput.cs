using System.Text;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>The input of a tool call while it streams.</summary>
internal sealed class PartialToolInput(ToolInputStartChunk start)
{
    private const string TextEncoding = "text";

    private readonly StringBuilder _text = new();

    public string ToolCallId => start.ToolCallId;

    public bool IsDynamic => start.Dynamic is true;

    /// <summary>The part that shows this input; it moves on when a step begins before the input is whole.</summary>
    public PartSlot? Slot { get; set; }

    /// <summary>Takes up an input that was streaming when its message was stored.</summary>
    public static PartialToolInput Resume(ToolPart part)
    {
        var input = new PartialToolInput(new ToolInputStartChunk(part.ToolCallId, part.ToolName)
        {
            InputEncoding = part.InputEncoding,
            Dynamic = part.IsDynamic,
            Title = part.Title,
            ToolMetadata = part.ToolMetadata,
        });
        if (part.RawInput is { ValueKind: JsonValueKind.String } raw)
        {
            input.Append(JsonStrings.Get(raw));
        }

        return input;
    }

    public void Append(string text) => _text.Append(text);

    /// <summary>What every delta says about the call.</summary>
    public ToolPartUpdate Update() => new(start.ToolName, ToolPartState.InputStreaming)
    {
        InputEncoding = start.InputEncoding,
        Title = start.Title,
        ToolMetadata = start.ToolMetadata,
    };

    public ToolPart ApplyTo(ToolPart part)
    {
        string text = _text.ToString();
        var raw = UIJson.ToElement(text);
        return part with
        {
            RawInput = raw,
            Input = start.InputEncoding == TextEncoding ? raw : PartialJson.Parse(text),
        };
    }
}
