using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Turns a model's streaming response, update by update, into UI chunks.</summary>
/// <remarks>
/// <para>
/// Text and reasoning open with their first words and close when the model's message or the kind of content changes.
/// Usage and the finish reason are collected, not told. <c>start</c> and <c>finish</c> are the caller's.
/// </para>
/// <para>Behind an error only usage is still heeded, because readers read no further. Not thread-safe.</para>
/// </remarks>
public sealed class UpdateToChunks
{
    private readonly UpdateToChunksOptions _options;
    private readonly List<UIMessageChunk> _chunks = [];
    private readonly OpenPart _open;
    private readonly HashSet<string> _calls = [];
    private readonly HashSet<string> _sources = [];
    private string? _messageId;
    private bool _stepOpen;
    private bool _stepHasResults;

    public UpdateToChunks(UpdateToChunksOptions? options = null)
    {
        _options = options ?? new();
        _open = new OpenPart(_chunks, _options.IdPrefix);
    }

    /// <summary>The tokens of all updates so far.</summary>
    public UsageDetails Usage { get; } = new();

    /// <summary>The model that answered, if it said so.</summary>
    public string? ModelId { get; private set; }

    /// <summary>Why the model stopped: the last reason given, or null.</summary>
    public ChatFinishReason? FinishReason { get; private set; }

    /// <summary>True once an error was told.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The chunks of the next update.</summary>
    /// <returns>A list that the next call changes; write it out before.</returns>
    public IReadOnlyList<UIMessageChunk> Map(ChatResponseUpdate update)
    {
        _chunks.Clear();
        FinishReason = update.FinishReason ?? FinishReason;
        ModelId = update.ModelId ?? ModelId;
        if (update.MessageId is { } messageId && messageId != _messageId)
        {
            if (_messageId is not null)
            {
                _open.Close();
            }

            _messageId = messageId;
        }

        foreach (var content in update.Contents)
        {
            if (content is UsageContent usage)
            {
                Usage.Add(usage.Details);
            }
            else if (!HasFailed)
            {
                MapContent(content);
            }
        }

        return _chunks;
    }

    /// <summary>Closes what is open, at the end of the response or when it breaks off.</summary>
    /// <returns>A list that the next call changes; write it out before.</returns>
    public IReadOnlyList<UIMessageChunk> Complete()
    {
        _chunks.Clear();
        if (!HasFailed)
        {
            _open.Close();
            FinishStep();
        }

        return _chunks;
    }

    private void MapContent(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                Text(text);
                break;
            case TextReasoningContent reasoning:
                Reasoning(reasoning);
                break;
            case ToolCallContent call:
                Call(call);
                break;
            case ToolResultContent result:
                Result(result);
                break;
            case ToolApprovalRequestContent request:
                Approval(request);
                break;
            case DataContent data:
                Add(new FileChunk(data.Uri, data.MediaType) { ProviderMetadata = ContentMetadata.Of(data) });
                break;
            case UriContent uri:
                Add(new FileChunk(uri.Uri.ToString(), uri.MediaType) { ProviderMetadata = ContentMetadata.Of(uri) });
                break;
            case ErrorContent error:
                _open.Close();
                _chunks.Add(new ErrorChunk(_options.ErrorText(new InvalidOperationException(error.Message))));
                HasFailed = true;
                break;
        }
    }

    private void Text(TextContent text)
    {
        if (text.Text.Length > 0)
        {
            BeginStep();
            _open.Text(text.Text, ContentMetadata.Of(text));
        }

        foreach (var citation in text.Annotations?.OfType<CitationAnnotation>() ?? [])
        {
            if (CitationChunks.Chunk(citation, ContentMetadata.Of(text)) is { } source && _sources.Add(source.Key))
            {
                BeginStep();
                _chunks.Add(source.Chunk);
            }
        }
    }

    private void Reasoning(TextReasoningContent reasoning)
    {
        if (reasoning.Text.Length > 0 || reasoning.ProtectedData is not null)
        {
            BeginStep();
            _open.Reasoning(reasoning.Text, ContentMetadata.Of(reasoning), isWhole: reasoning.ProtectedData is not null);
        }
    }

    private void Call(ToolCallContent content)
    {
        // An approval repeats the call it asks about, and some clients repeat calls they have run.
        if (ToolCallChunks.Chunk(content, _options) is { } chunk && _calls.Add(content.CallId))
        {
            Add(chunk);
        }
    }

    private void Approval(ToolApprovalRequestContent request)
    {
        Call(request.ToolCall);
        if (_calls.Contains(request.ToolCall.CallId))
        {
            Add(new ToolApprovalRequestChunk(request.RequestId, request.ToolCall.CallId));
        }
    }

    private void Result(ToolResultContent content)
    {
        if (ToolCallChunks.Chunk(content, _options) is { } chunk)
        {
            _open.Close();
            _chunks.Add(chunk);
            _stepHasResults = true;
        }
    }

    private void Add(UIMessageChunk chunk)
    {
        _open.Close();
        BeginStep();
        _chunks.Add(chunk);
    }

    /// <summary>Content behind tool results comes from another model call, which is another step.</summary>
    private void BeginStep()
    {
        if (_stepHasResults)
        {
            FinishStep();
        }

        if (_options.MarkSteps && !_stepOpen)
        {
            _chunks.Add(new StartStepChunk());
            _stepOpen = true;
        }
    }

    private void FinishStep()
    {
        _stepHasResults = false;
        if (_stepOpen)
        {
            _open.Close();
            _chunks.Add(new FinishStepChunk());
            _stepOpen = false;
        }
    }
}
