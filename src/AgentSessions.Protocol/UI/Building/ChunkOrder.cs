namespace AgentSessions.Protocol.UI;

/// <summary>Refuses chunks that break the order of one message, before anybody reads them.</summary>
/// <remarks>
/// What it lets pass, <see cref="UIMessageBuilder"/> and the stock readers can apply. It is stricter than they are
/// about <c>start</c>, about ids opened twice and about chunks after an error, which readers do not fail on but
/// misread. Constant time per chunk; not thread-safe.
/// </remarks>
public sealed class ChunkOrder
{
    private readonly string? _continuedId;
    private readonly Dictionary<(bool Reasoning, string Id), int> _open = [];
    private readonly HashSet<string> _toolCalls = [];
    private readonly HashSet<string> _toolInputs = [];
    private int _opened;
    private bool _begun;

    /// <param name="continued">
    /// The message the chunks continue, for instance after an approval: its tool calls are known and
    /// <c>start</c> may be left out.
    /// </param>
    public ChunkOrder(UIMessage? continued = null)
    {
        _continuedId = continued?.Id;
        foreach (var part in continued?.Parts ?? [])
        {
            switch (part)
            {
                case StepStartPart:
                    _toolInputs.Clear();
                    break;
                case ToolPart tool:
                    _toolCalls.Add(tool.ToolCallId);
                    if (tool.State == ToolPartState.InputStreaming)
                    {
                        _toolInputs.Add(tool.ToolCallId);
                    }

                    break;
            }
        }
    }

    /// <summary>True once <c>start</c> has passed.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>True between <c>start-step</c> and <c>finish-step</c>.</summary>
    public bool IsStepOpen { get; private set; }

    /// <summary>True once <c>finish</c> has passed.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>True once <c>error</c> has passed: nothing more will.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>The chunks that end every open text and reasoning id, in the order these were opened.</summary>
    public IReadOnlyList<UIMessageChunk> EndsOfOpenParts() =>
        [.. _open.OrderBy(open => open.Value).Select(open => open.Key).Select(UIMessageChunk (key) =>
            key.Reasoning ? new ReasoningEndChunk(key.Id) : new TextEndChunk(key.Id))];

    /// <summary>Lets one chunk pass and notes what it opens and closes.</summary>
    /// <exception cref="ChunkOrderException">The chunk breaks a rule; nothing was noted.</exception>
    public void Accept(UIMessageChunk chunk)
    {
        if (IsFailed)
        {
            throw new ChunkOrderException(ChunkRule.ErrorLast, chunk.Type);
        }

        if (!IsStarted && _continuedId is null && !MayComeBeforeStart(chunk))
        {
            throw new ChunkOrderException(ChunkRule.StartFirst, chunk.Type);
        }

        switch (chunk)
        {
            case TextDeltaChunk delta:
                RequireOpen(chunk, reasoning: false, delta.Id);
                break;
            case ReasoningDeltaChunk delta:
                RequireOpen(chunk, reasoning: true, delta.Id);
                break;
            case TextStartChunk start:
                Open(chunk, reasoning: false, start.Id);
                break;
            case ReasoningStartChunk start:
                Open(chunk, reasoning: true, start.Id);
                break;
            case TextEndChunk end:
                RequireOpen(chunk, reasoning: false, end.Id);
                _open.Remove((false, end.Id));
                break;
            case ReasoningEndChunk end:
                RequireOpen(chunk, reasoning: true, end.Id);
                _open.Remove((true, end.Id));
                break;
            case ToolInputStartChunk start:
                _toolCalls.Add(start.ToolCallId);
                _toolInputs.Add(start.ToolCallId);
                break;
            case ToolInputDeltaChunk delta:
                Require(_toolInputs.Contains(delta.ToolCallId), ChunkRule.ToolInputStarted, chunk, delta.ToolCallId);
                break;
            case ToolInputAvailableChunk input:
                _toolCalls.Add(input.ToolCallId);
                break;
            case ToolInputErrorChunk input:
                _toolCalls.Add(input.ToolCallId);
                break;
            case ToolApprovalRequestChunk request:
                RequireTool(chunk, request.ToolCallId);
                break;
            case ToolOutputAvailableChunk output:
                RequireTool(chunk, output.ToolCallId);
                break;
            case ToolOutputErrorChunk output:
                RequireTool(chunk, output.ToolCallId);
                break;
            case ToolOutputDeniedChunk output:
                RequireTool(chunk, output.ToolCallId);
                break;
            case StartChunk start:
                Start(start);
                break;
            case StartStepChunk:
                IsStepOpen = true;
                break;
            case FinishStepChunk:
                IsStepOpen = false;
                _open.Clear();
                break;
            case FinishChunk:
                IsFinished = true;
                break;
            case ErrorChunk:
                IsFailed = true;
                break;
        }

        _begun |= !MayComeBeforeStart(chunk);
    }

    private static bool MayComeBeforeStart(UIMessageChunk chunk) =>
        chunk is StartChunk or DataChunk { Transient: true } or AbortChunk or ErrorChunk or UnknownChunk;

    private void Start(StartChunk start)
    {
        Require(!_begun || IsStarted, ChunkRule.StartFirst, start, start.MessageId);
        bool ownId = _continuedId is null || start.MessageId is null || start.MessageId == _continuedId;
        Require(!IsStarted && ownId, ChunkRule.StartOnce, start, start.MessageId);
        IsStarted = true;
    }

    private void Open(UIMessageChunk chunk, bool reasoning, string id)
    {
        Require(_open.TryAdd((reasoning, id), _opened), ChunkRule.IdUnique, chunk, id);
        _opened++;
    }

    private void RequireOpen(UIMessageChunk chunk, bool reasoning, string id) =>
        Require(_open.ContainsKey((reasoning, id)), ChunkRule.IdOpen, chunk, id);

    private void RequireTool(UIMessageChunk chunk, string toolCallId) =>
        Require(_toolCalls.Contains(toolCallId), ChunkRule.ToolKnown, chunk, toolCallId);

    private static void Require(bool holds, ChunkRule rule, UIMessageChunk chunk, string? id)
    {
        if (!holds)
        {
            throw new ChunkOrderException(rule, chunk.Type, id);
        }
    }
}
