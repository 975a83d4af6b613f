using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>The tools of a turn, by name, with what was declared of them.</summary>
internal sealed class ToolSet
{
    public static readonly ToolSet Empty = new([]);

    private readonly Dictionary<string, AIFunctionDeclaration> _byName = new(StringComparer.Ordinal);
    private readonly bool _mapsOutput;

    public ToolSet(IEnumerable<AITool> tools)
    {
        All = [.. tools];
        foreach (AIFunctionDeclaration tool in All.OfType<AIFunctionDeclaration>())
        {
            _byName[tool.Name] = tool;
            _mapsOutput |= tool.GetService(typeof(IModelOutput)) is not null;
        }
    }

    /// <summary>As they go to the model.</summary>
    public IReadOnlyList<AITool> All { get; }

    /// <summary>How outputs look to the model; null if no tool maps its output.</summary>
    public ToolModelOutput? ModelOutput => _mapsOutput ? Map : null;

    /// <summary>The tool of that name, or null.</summary>
    public AIFunctionDeclaration? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>What was declared of a tool's effects. An unmarked tool counts as having some.</summary>
    public static (bool HasEffects, InterruptedCall Interrupted) Effects(AITool tool) =>
        tool.GetService(typeof(MarkedFunction)) is MarkedFunction marked ? (marked.HasEffects, marked.Interrupted) : (true, InterruptedCall.Ask);

    private object? Map(ToolPart call) =>
        call.Output is JsonElement output && Find(call.ToolName)?.GetService(typeof(IModelOutput)) is IModelOutput mapped ? mapped.ToModel(output) : call.Output;
}
