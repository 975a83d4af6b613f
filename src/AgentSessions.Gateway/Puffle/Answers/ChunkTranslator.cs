using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Answers;

/// <summary>Turns a turn's chunks into those that Puffle's clients take: only known types and keys, every part inside a step and closed before the next.</summary>
/// <remarks>
/// An approval request is announced only when the turn ends with it open, and the step's end waits with it: the runtime may have decided on
/// the call itself. The end of the message waits for the turn's usage.
/// </remarks>
internal sealed class ChunkTranslator(bool hasNativeApprovals)
{
    private const string Denied = "The call was denied.";

    private readonly List<ToolApprovalRequestChunk> _asked = [];
    private readonly List<UIMessageChunk> _written = [];
    private JsonObject? _metadata;
    private string? _openText;
    private string? _openReasoning;
    private bool _isStepOpen;
    private bool _isStepHeld;
    private bool _isOver;

    /// <summary>The message's id, once it has begun.</summary>
    public string? MessageId { get; private set; }

    /// <summary>Approvals that are open as far as the turn has come.</summary>
    public IReadOnlyList<ToolApprovalRequestChunk> Asked => _asked;

    /// <summary>What one chunk becomes. Use it before the next call.</summary>
    public IReadOnlyList<UIMessageChunk> Translate(UIMessageChunk chunk)
    {
        _written.Clear();
        if (!_isOver)
        {
            Take(chunk);
        }

        return _written;
    }

    /// <summary>The end of the message.</summary>
    /// <param name="receipt">What became of the turn; null if nobody knows any more.</param>
    /// <param name="messageId">The id of a message that nothing was written to.</param>
    public IReadOnlyList<UIMessageChunk> End(TurnReceipt? receipt, string messageId)
    {
        _written.Clear();
        if (_isOver)
        {
            return _written;
        }

        Begin(MessageId ?? messageId);
        switch (receipt?.State)
        {
            case TurnState.Completed:
                Finish(receipt);
                break;
            case TurnState.Failed:
                Fail(receipt.Error ?? "The turn failed.");
                break;
            default:
                Abort("The turn was stopped");
                break;
        }

        return _written;
    }

    /// <summary>The end of a stream whose time is up.</summary>
    public IReadOnlyList<UIMessageChunk> Expire(string messageId)
    {
        _written.Clear();
        Begin(MessageId ?? messageId);
        Abort("The time of this stream is up");
        return _written;
    }

    private void Take(UIMessageChunk chunk)
    {
        if (_isStepHeld && chunk is not (FinishChunk or ErrorChunk or AbortChunk or MessageMetadataChunk or DataChunk))
        {
            // The turn goes on, so the calls were decided on and nobody has to be asked.
            _asked.Clear();
            FinishStep();
        }

        switch (chunk)
        {
            case StartChunk start:
                Begin(start.MessageId ?? MessageId ?? "", start.MessageMetadata);
                break;
            case StartStepChunk:
                OpenStep();
                break;
            case FinishStepChunk when _asked.Count > 0 && _isStepOpen:
                CloseParts();
                _isStepHeld = true;
                break;
            case FinishStepChunk:
                FinishStep();
                break;
            case FinishChunk { MessageMetadata: { ValueKind: JsonValueKind.Object } metadata }:
                _metadata = JsonObject.Create(metadata);
                break;
            case ErrorChunk error:
                Fail(error.ErrorText);
                break;
            case AbortChunk:
                Abort("The turn was stopped");
                break;
            case MessageMetadataChunk or DataChunk:
                _written.Add(chunk with { Extra = null });
                break;
            case ToolApprovalRequestChunk asked:
                _asked.Add(new ToolApprovalRequestChunk(asked.ApprovalId, asked.ToolCallId));
                break;
            default:
                TakeContent(chunk);
                break;
        }
    }

    private void TakeContent(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case TextStartChunk text:
                OpenText(text.Id);
                break;
            case TextDeltaChunk text:
                OpenText(text.Id);
                _written.Add(new TextDeltaChunk(text.Id, text.Delta));
                break;
            case ReasoningStartChunk reasoning:
                OpenReasoning(reasoning.Id);
                break;
            case ReasoningDeltaChunk reasoning:
                OpenReasoning(reasoning.Id);
                _written.Add(new ReasoningDeltaChunk(reasoning.Id, reasoning.Delta));
                break;
            case TextEndChunk text when text.Id == _openText:
            case ReasoningEndChunk reasoning when reasoning.Id == _openReasoning:
                CloseParts();
                break;
            case TextEndChunk or ReasoningEndChunk or FinishChunk or UnknownChunk or ToolOutputAvailableChunk { Preliminary: true }:
                break;
            default:
                OpenStep();
                CloseParts();
                TakePart(chunk);
                break;
        }
    }

    private void TakePart(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case ToolInputStartChunk call:
                _written.Add(new ToolInputStartChunk(call.ToolCallId, call.ToolName) { Dynamic = call.Dynamic });
                break;
            case ToolInputDeltaChunk call:
                _written.Add(new ToolInputDeltaChunk(call.ToolCallId, call.InputTextDelta));
                break;
            case ToolInputAvailableChunk call:
                _written.Add(new ToolInputAvailableChunk(call.ToolCallId, call.ToolName, call.Input) { Dynamic = call.Dynamic });
                break;
            case ToolInputErrorChunk call:
                _written.Add(new ToolInputAvailableChunk(call.ToolCallId, call.ToolName, call.Input) { Dynamic = call.Dynamic });
                _written.Add(new ToolOutputErrorChunk(call.ToolCallId, call.ErrorText) { Dynamic = call.Dynamic });
                break;
            case ToolOutputAvailableChunk call:
                _written.Add(new ToolOutputAvailableChunk(call.ToolCallId, call.Output) { Dynamic = call.Dynamic });
                break;
            case ToolOutputErrorChunk call:
                _written.Add(new ToolOutputErrorChunk(call.ToolCallId, call.ErrorText) { Dynamic = call.Dynamic });
                break;
            case ToolOutputDeniedChunk call:
                _written.Add(hasNativeApprovals ? new ToolOutputDeniedChunk(call.ToolCallId) : new ToolOutputErrorChunk(call.ToolCallId, Denied));
                break;
            case SourceUrlChunk source:
                _written.Add(new SourceUrlChunk(source.SourceId, source.Url) { Title = source.Title });
                break;
            case SourceDocumentChunk source:
                _written.Add(new SourceDocumentChunk(source.SourceId, source.MediaType, source.Title) { Filename = source.Filename });
                break;
            case FileChunk file:
                _written.Add(new FileChunk(file.Url, file.MediaType));
                break;
        }
    }

    private void Begin(string messageId, JsonElement? metadata = null)
    {
        if (messageId != MessageId)
        {
            // After a crash the answer is begun anew, under another id.
            FinishStep();
            MessageId = messageId;
            _written.Add(new StartChunk(messageId) { MessageMetadata = metadata });
        }
    }

    private void OpenStep()
    {
        if (!_isStepOpen)
        {
            _isStepOpen = true;
            _written.Add(new StartStepChunk());
        }
    }

    private void OpenText(string id)
    {
        if (_openText != id)
        {
            CloseParts();
            OpenStep();
            _openText = id;
            _written.Add(new TextStartChunk(id));
        }
    }

    private void OpenReasoning(string id)
    {
        if (_openReasoning != id)
        {
            CloseParts();
            OpenStep();
            _openReasoning = id;
            _written.Add(new ReasoningStartChunk(id));
        }
    }

    private void CloseParts()
    {
        if (_openText is { } text)
        {
            _openText = null;
            _written.Add(new TextEndChunk(text));
        }

        if (_openReasoning is { } reasoning)
        {
            _openReasoning = null;
            _written.Add(new ReasoningEndChunk(reasoning));
        }
    }

    private void FinishStep()
    {
        CloseParts();
        _isStepHeld = false;
        if (_isStepOpen)
        {
            _isStepOpen = false;
            _written.Add(new FinishStepChunk());
        }
    }

    private void Finish(TurnReceipt receipt)
    {
        CloseParts();
        foreach (ToolApprovalRequestChunk asked in _asked)
        {
            _written.Add(hasNativeApprovals ? asked : Announcement(asked, receipt));
        }

        FinishStep();
        JsonObject metadata = _metadata ?? [];
        metadata["usage"] = new JsonObject
        {
            ["inputTokens"] = receipt.InputTokens,
            ["outputTokens"] = receipt.OutputTokens,
            ["totalTokens"] = receipt.InputTokens + receipt.OutputTokens,
        };
        _written.Add(new FinishChunk { MessageMetadata = UIJson.ToElement(metadata) });
        _isOver = true;
    }

    private static DataChunk Announcement(ToolApprovalRequestChunk asked, TurnReceipt receipt)
    {
        ToolPart? call = receipt.Messages.SelectMany(static message => message.Tools).LastOrDefault(tool => tool.ToolCallId == asked.ToolCallId);
        return new DataChunk("tool-approval", UIJson.ToElement(new { toolCallId = asked.ToolCallId, toolName = call?.ToolName ?? "" })) { Id = asked.ApprovalId };
    }

    private void Fail(string errorText)
    {
        CloseParts();
        _written.Add(new ErrorChunk(errorText));
        FinishStep();
        _isOver = true;
    }

    private void Abort(string reason)
    {
        FinishStep();
        _written.Add(new AbortChunk(reason));
        _isOver = true;
    }
}
