using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>What one chunk says about a tool call.</summary>
/// <remarks>
/// Input, output and error are replaced, absent ones cleared. Title, metadata and who executes the call stay until
/// a chunk says otherwise. The approval is not touched.
/// </remarks>
internal sealed record ToolPartUpdate(string ToolName, ToolPartState State)
{
    public JsonElement? Input { get; init; }
    public JsonElement? RawInput { get; init; }
    public string? InputEncoding { get; init; }
    public JsonElement? Output { get; init; }
    public string? ErrorText { get; init; }
    public bool? Preliminary { get; init; }
    public bool? ProviderExecuted { get; init; }
    public JsonElement? ProviderMetadata { get; init; }
    public JsonElement? ToolMetadata { get; init; }
    public string? Title { get; init; }

    public ToolPart ApplyTo(ToolPart part)
    {
        bool isResult = State is ToolPartState.OutputAvailable or ToolPartState.OutputError;
        return part with
        {
            ToolName = ToolName,
            State = State,
            Input = Input,
            RawInput = RawInput,
            InputEncoding = InputEncoding,
            Output = Output,
            ErrorText = ErrorText,
            Preliminary = Preliminary,
            Title = Title ?? part.Title,
            ToolMetadata = ToolMetadata ?? part.ToolMetadata,
            ProviderExecuted = ProviderExecuted ?? part.ProviderExecuted,
            CallProviderMetadata = (isResult ? null : ProviderMetadata) ?? part.CallProviderMetadata,
            ResultProviderMetadata = (isResult ? ProviderMetadata : null) ?? part.ResultProviderMetadata,
        };
    }
}
