namespace AgentSessions.Protocol.UI;

/// <summary>Applies tool chunks to the parts of a message under construction.</summary>
internal sealed class ToolParts(PartList parts)
{
    private readonly Dictionary<string, PartialToolInput> _inputs = [];

    /// <summary>Takes up a part of a continued message; inputs go on streaming only in its last step.</summary>
    public void Resume(PartSlot slot)
    {
        switch (slot.Part)
        {
            case StepStartPart:
                _inputs.Clear();
                break;
            case ToolPart { State: ToolPartState.InputStreaming } tool:
                _inputs[tool.ToolCallId] = PartialToolInput.Resume(tool);
                break;
        }
    }

    public void Apply(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case ToolInputDeltaChunk delta:
                ApplyDelta(delta);
                break;
            case ToolInputStartChunk start:
                ApplyStart(start);
                break;
            case ToolInputAvailableChunk available:
                ApplyInput(available);
                break;
            case ToolInputErrorChunk error:
                ApplyInputError(error);
                break;
            case ToolApprovalRequestChunk request:
                ApplyRequest(request);
                break;
            case ToolOutputAvailableChunk output:
                ApplyOutput(output);
                break;
            case ToolOutputErrorChunk error:
                ApplyOutputError(error);
                break;
            case ToolOutputDeniedChunk denied:
                Change(denied, denied.ToolCallId, static part => part with { State = ToolPartState.OutputDenied });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(chunk), chunk.Type, "No tool chunk.");
        }
    }

    private void ApplyStart(ToolInputStartChunk start)
    {
        var input = new PartialToolInput(start);
        _inputs[start.ToolCallId] = input;
        input.Slot = SetPart(start.ToolCallId, input.IsDynamic, input.Update() with
        {
            ProviderExecuted = start.ProviderExecuted,
            ProviderMetadata = start.ProviderMetadata,
        });
    }

    private void ApplyDelta(ToolInputDeltaChunk delta)
    {
        if (!_inputs.TryGetValue(delta.ToolCallId, out var input))
        {
            throw new ChunkOrderException(ChunkRule.ToolInputStarted, delta.Type, delta.ToolCallId);
        }

        var slot = parts.ToolOfStep(delta.ToolCallId, input.IsDynamic);
        if (slot is null || !slot.Follows(input))
        {
            // The part shown so far keeps the text it has; from here on the input shows in this step.
            _ = input.Slot?.Part;
            slot = input.Slot = SetPart(delta.ToolCallId, input.IsDynamic, input.Update());
        }

        input.Append(delta.InputTextDelta);
        slot.Follow(input);
    }

    private void ApplyInput(ToolInputAvailableChunk available) =>
        SetPart(available.ToolCallId, available.Dynamic is true, new(available.ToolName, ToolPartState.InputAvailable)
        {
            Input = available.Input,
            ProviderExecuted = available.ProviderExecuted,
            ProviderMetadata = available.ProviderMetadata,
            ToolMetadata = available.ToolMetadata,
            Title = available.Title,
        });

    private void ApplyInputError(ToolInputErrorChunk error)
    {
        // A call that already shows in this step stays of its kind, whatever the chunk says.
        bool dynamic = parts.ToolOfStep(error.ToolCallId) is { Part: ToolPart existing }
            ? existing.IsDynamic
            : error.Dynamic is true;
        SetPart(error.ToolCallId, dynamic, new(error.ToolName, ToolPartState.OutputError)
        {
            Input = dynamic ? error.Input : null,
            RawInput = dynamic ? null : error.Input,
            ErrorText = error.ErrorText,
            ProviderExecuted = error.ProviderExecuted,
            ProviderMetadata = error.ProviderMetadata,
            ToolMetadata = error.ToolMetadata,
        });
    }

    private void ApplyRequest(ToolApprovalRequestChunk request) =>
        Change(request, request.ToolCallId, part => part with
        {
            State = ToolPartState.ApprovalRequested,
            Approval = new ToolApproval(request.ApprovalId)
            {
                Descriptor = request.ApprovalDescriptor,
                InputSchemaInput = request.InputSchemaInput,
                Signature = request.Signature,
            },
        });

    private void ApplyOutput(ToolOutputAvailableChunk output) =>
        Change(output, output.ToolCallId, part => new ToolPartUpdate(part.ToolName, ToolPartState.OutputAvailable)
        {
            Input = part.Input,
            Output = output.Output,
            Preliminary = output.Preliminary,
            ProviderExecuted = output.ProviderExecuted,
            ProviderMetadata = output.ProviderMetadata,
            ToolMetadata = output.ToolMetadata,
        }.ApplyTo(part));

    private void ApplyOutputError(ToolOutputErrorChunk error) =>
        Change(error, error.ToolCallId, part => new ToolPartUpdate(part.ToolName, ToolPartState.OutputError)
        {
            Input = part.Input,
            RawInput = part.IsDynamic ? null : part.RawInput,
            ErrorText = error.ErrorText,
            ProviderExecuted = error.ProviderExecuted,
            ProviderMetadata = error.ProviderMetadata,
            ToolMetadata = error.ToolMetadata,
        }.ApplyTo(part));

    /// <summary>Updates the call's part in this step, or adds one.</summary>
    private PartSlot SetPart(string toolCallId, bool dynamic, ToolPartUpdate update)
    {
        if (parts.ToolOfStep(toolCallId, dynamic) is not { } slot)
        {
            return parts.Add(update.ApplyTo(new ToolPart(update.ToolName, toolCallId, update.State) { IsDynamic = dynamic }));
        }

        slot.Part = update.ApplyTo((ToolPart)slot.Part);
        return slot;
    }

    private void Change(UIMessageChunk chunk, string toolCallId, Func<ToolPart, ToolPart> change)
    {
        var slot = parts.Tool(toolCallId) ?? throw new ChunkOrderException(ChunkRule.ToolKnown, chunk.Type, toolCallId);
        slot.Part = change((ToolPart)slot.Part);
    }
}
