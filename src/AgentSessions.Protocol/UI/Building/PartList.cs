namespace AgentSessions.Protocol.UI;

/// <summary>The parts of a message under construction, with the look-ups chunks need, each in constant time.</summary>
internal sealed class PartList
{
    private readonly List<PartSlot> _slots = [];
    private readonly Dictionary<(string Name, string Id), PartSlot> _data = [];

    // Of several parts for one call the first of the current step counts, else the last of the message.
    private readonly Dictionary<(bool Dynamic, string ToolCallId), PartSlot> _stepToolsByKind = [];
    private readonly Dictionary<string, PartSlot> _stepTools = [];
    private readonly Dictionary<string, PartSlot> _lastTools = [];

    public PartSlot Add(UIMessagePart part)
    {
        var slot = new PartSlot(part);
        _slots.Add(slot);
        switch (part)
        {
            case StepStartPart:
                _stepToolsByKind.Clear();
                _stepTools.Clear();
                break;
            case DataPart { Id: { } id } data:
                _data.TryAdd((data.Name, id), slot);
                break;
            case ToolPart tool:
                _stepToolsByKind.TryAdd((tool.IsDynamic, tool.ToolCallId), slot);
                _stepTools.TryAdd(tool.ToolCallId, slot);
                _lastTools[tool.ToolCallId] = slot;
                break;
        }

        return slot;
    }

    public PartSlot? Data(string name, string id) => _data.GetValueOrDefault((name, id));

    public PartSlot? ToolOfStep(string toolCallId) => _stepTools.GetValueOrDefault(toolCallId);

    public PartSlot? ToolOfStep(string toolCallId, bool dynamic) => _stepToolsByKind.GetValueOrDefault((dynamic, toolCallId));

    public PartSlot? Tool(string toolCallId) => ToolOfStep(toolCallId) ?? _lastTools.GetValueOrDefault(toolCallId);

    public UIMessagePart[] Snapshot() => [.. _slots.Select(slot => slot.Part)];
}
