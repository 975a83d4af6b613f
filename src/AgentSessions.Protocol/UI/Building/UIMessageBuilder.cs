using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Builds a message from its chunks, with the result the stock readers arrive at.</summary>
/// <remarks>
/// Constant time per chunk, amortised; text and partial tool input are put together when <see cref="Build"/> asks.
/// Not thread-safe.
/// </remarks>
public sealed class UIMessageBuilder
{
    private readonly PartList _parts = new();
    private readonly ToolParts _tools;
    private readonly Dictionary<string, PartSlot> _openText = [];
    private readonly Dictionary<string, PartSlot> _openReasoning = [];
    private readonly ExtraFields? _extra;
    private JsonElement? _metadata;

    /// <param name="id">Used until a <c>start</c> chunk names another.</param>
    public UIMessageBuilder(string id = "")
    {
        Id = id;
        _tools = new ToolParts(_parts);
    }

    /// <summary>Continues an assistant message, for instance after an approval.</summary>
    public UIMessageBuilder(UIMessage message)
        : this(message.Id)
    {
        if (message.Role != UIMessageRole.Assistant)
        {
            throw new ArgumentException("Only an assistant message can be continued.", nameof(message));
        }

        _metadata = message.Metadata;
        _extra = message.Extra;
        foreach (var part in message.Parts)
        {
            _tools.Resume(_parts.Add(part));
        }
    }

    public string Id { get; private set; }

    /// <summary>True once <c>finish</c> was applied.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>What the last <c>finish</c> with a reason gave: one of <see cref="UIFinishReason"/>, or null.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>True once <c>abort</c> was applied: the answer was stopped.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>The text of the <c>error</c> chunk; null if there was none.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>The message as it stands. Later chunks do not change it.</summary>
    public UIMessage Build() => new()
    {
        Id = Id,
        Role = UIMessageRole.Assistant,
        Metadata = _metadata,
        Parts = _parts.Snapshot(),
        Extra = _extra,
    };

    /// <summary>Applies the next chunk.</summary>
    /// <exception cref="ChunkOrderException">Readers would fail on this chunk; the message is as it was.</exception>
    public void Apply(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case TextDeltaChunk delta:
                Append(Open(_openText, chunk, delta.Id), delta.Delta, delta.ProviderMetadata);
                break;
            case ReasoningDeltaChunk delta:
                Append(Open(_openReasoning, chunk, delta.Id), delta.Delta, delta.ProviderMetadata);
                break;
            case TextStartChunk start:
                _openText[start.Id] = _parts.Add(
                    new TextPart("") { State = TextPartState.Streaming, ProviderMetadata = start.ProviderMetadata });
                break;
            case ReasoningStartChunk start:
                _openReasoning[start.Id] = _parts.Add(
                    new ReasoningPart("") { Id = start.Id, State = TextPartState.Streaming, ProviderMetadata = start.ProviderMetadata });
                break;
            case TextEndChunk end:
                End(_openText, chunk, end.Id, end.ProviderMetadata);
                break;
            case ReasoningEndChunk end:
                End(_openReasoning, chunk, end.Id, end.ProviderMetadata);
                break;
            case StartStepChunk:
                _parts.Add(new StepStartPart());
                break;
            case FinishStepChunk:
                _openText.Clear();
                _openReasoning.Clear();
                break;
            case SourceUrlChunk or SourceDocumentChunk or FileChunk or DataChunk:
                ApplyContent(chunk);
                break;
            case StartChunk or MessageMetadataChunk or FinishChunk or AbortChunk or ErrorChunk:
                ApplyToMessage(chunk);
                break;
            case UnknownChunk:
                break;
            default:
                _tools.Apply(chunk);
                break;
        }
    }

    private void ApplyToMessage(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case StartChunk start:
                Id = start.MessageId ?? Id;
                _metadata = JsonMerge.Merge(_metadata, start.MessageMetadata);
                break;
            case MessageMetadataChunk metadata:
                _metadata = JsonMerge.Merge(_metadata, metadata.MessageMetadata);
                break;
            case FinishChunk finish:
                IsFinished = true;
                FinishReason = finish.FinishReason ?? FinishReason;
                _metadata = JsonMerge.Merge(_metadata, finish.MessageMetadata);
                break;
            case AbortChunk:
                IsAborted = true;
                break;
            case ErrorChunk error:
                ErrorText = error.ErrorText;
                break;
        }
    }

    private void ApplyContent(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case SourceUrlChunk source:
                _parts.Add(new SourceUrlPart(source.SourceId, source.Url)
                {
                    Title = source.Title,
                    ProviderMetadata = source.ProviderMetadata,
                });
                break;
            case SourceDocumentChunk source:
                _parts.Add(new SourceDocumentPart(source.SourceId, source.MediaType, source.Title)
                {
                    Filename = source.Filename,
                    ProviderMetadata = source.ProviderMetadata,
                });
                break;
            case FileChunk file:
                _parts.Add(new FilePart(file.MediaType, file.Url) { ProviderMetadata = file.ProviderMetadata });
                break;
            case DataChunk { Transient: false } data:
                ApplyData(data);
                break;
        }
    }

    private void ApplyData(DataChunk chunk)
    {
        if (chunk.Id is { } id && _parts.Data(chunk.Name, id) is { } slot)
        {
            slot.Part = (DataPart)slot.Part with { Data = chunk.Data };
        }
        else
        {
            _parts.Add(new DataPart(chunk.Name, chunk.Data) { Id = chunk.Id, Extra = chunk.Extra });
        }
    }

    private static PartSlot Open(Dictionary<string, PartSlot> open, UIMessageChunk chunk, string id) =>
        open.TryGetValue(id, out var slot) ? slot : throw new ChunkOrderException(ChunkRule.IdOpen, chunk.Type, id);

    private static void Append(PartSlot slot, string delta, JsonElement? providerMetadata)
    {
        slot.Append(delta);
        if (providerMetadata is not null)
        {
            slot.Part = WithMetadata(slot.Part, providerMetadata, ended: false);
        }
    }

    private static void End(Dictionary<string, PartSlot> open, UIMessageChunk chunk, string id, JsonElement? providerMetadata)
    {
        var slot = Open(open, chunk, id);
        slot.Part = WithMetadata(slot.Part, providerMetadata, ended: true);
        open.Remove(id);
    }

    private static UIMessagePart WithMetadata(UIMessagePart part, JsonElement? metadata, bool ended) => part switch
    {
        TextPart text => text with
        {
            State = ended ? TextPartState.Done : text.State,
            ProviderMetadata = metadata ?? text.ProviderMetadata,
        },
        ReasoningPart reasoning => reasoning with
        {
            State = ended ? TextPartState.Done : reasoning.State,
            ProviderMetadata = metadata ?? reasoning.ProviderMetadata,
        },
        _ => throw new InvalidOperationException($"A {part.Type} part cannot be open."),
    };
}
