using System.Text;

namespace AgentSessions.Protocol.UI;

/// <summary>A part under construction: deltas are collected and only become a part when somebody looks.</summary>
internal sealed class PartSlot(UIMessagePart part)
{
    private UIMessagePart _part = part;
    private StringBuilder? _text;
    private PartialToolInput? _input;

    /// <summary>The part as it stands. Read it before setting it, or what is still collecting joins the new part.</summary>
    public UIMessagePart Part
    {
        get
        {
            Settle();
            return _part;
        }
        set => _part = value;
    }

    public void Append(string text) => (_text ??= new StringBuilder()).Append(text);

    public bool Follows(PartialToolInput input) => _input == input;

    /// <summary>Notes that the tool input has grown; it is parsed when somebody looks.</summary>
    public void Follow(PartialToolInput input) => _input = input;

    private void Settle()
    {
        if (_text is not null)
        {
            _part = _part switch
            {
                TextPart text => text with { Text = text.Text + _text },
                ReasoningPart reasoning => reasoning with { Text = reasoning.Text + _text },
                _ => throw new InvalidOperationException($"A {_part.Type} part has no text to add to."),
            };
            _text = null;
        }

        if (_input is not null)
        {
            _part = _input.ApplyTo((ToolPart)_part);
            _input = null;
        }
    }
}
