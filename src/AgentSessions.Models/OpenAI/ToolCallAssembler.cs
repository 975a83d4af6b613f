using System.Text;
using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>Puts the pieces of tool calls together: several calls at once, their pieces interleaved.</summary>
/// <remarks>
/// A piece belongs to the call of its <c>index</c>. Servers also leave the index out, give every call the index 0, leave the id out, or
/// send a whole call as one piece; a piece with a name and an id of its own is then a new call, and one with neither continues the last.
/// </remarks>
internal sealed class ToolCallAssembler(ModelCallOptions limits, Failures failures)
{
    private readonly List<AssembledCall> _calls = [];

    public bool IsEmpty => _calls.Count == 0;

    public void Add(JsonElement piece)
    {
        JsonElement function = piece.Member("function");
        string? id = piece.Text("id"), name = function.Text("name");
        AssembledCall call = Find(piece.Integer("index"), id, name);
        call.Id ??= id;
        call.Name ??= name;
        JsonElement arguments = function.Member("arguments");
        Append(call, arguments.ValueKind switch
        {
            JsonValueKind.String => arguments.Text(),
            // Some servers send the object itself in place of its text.
            JsonValueKind.Object => arguments.GetRawText(),
            _ => "",
        });
    }

    /// <summary>The calls in the order of their indexes, or of their arrival where there was none.</summary>
    public IEnumerable<FunctionCallContent> Complete()
    {
        foreach (AssembledCall call in _calls.OrderBy(call => call.Index ?? int.MaxValue))
        {
            string name = call.Name ?? throw failures.BadResponse("a tool call without a name");
            yield return ToolArguments.Read(call.Id ?? $"call_{Guid.NewGuid():N}", name, call.Arguments.ToString());
        }
    }

    private AssembledCall Find(int? index, string? id, string? name)
    {
        AssembledCall? known = index is null
            ? _calls.Find(call => id is not null && call.Id == id) ?? (id is null && name is null ? _calls.LastOrDefault() : null)
            : _calls.FindLast(call => call.Index == index);
        bool another = known is not null && name is not null && id is not null && known.Id is not null && known.Id != id;
        if (known is not null && !another)
        {
            return known;
        }

        if (_calls.Count >= limits.MaxToolCalls)
        {
            throw failures.BadResponse($"more than {limits.MaxToolCalls} tool calls");
        }

        AssembledCall started = new() { Index = index };
        _calls.Add(started);
        return started;
    }

    private void Append(AssembledCall call, string text)
    {
        call.Bytes += Encoding.UTF8.GetByteCount(text);
        if (call.Bytes > limits.MaxToolArgumentBytes)
        {
            throw failures.BadResponse($"a tool call with more than {limits.MaxToolArgumentBytes} bytes of arguments");
        }

        call.Arguments.Append(text);
    }

    private sealed class AssembledCall
    {
        public int? Index { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public int Bytes { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
