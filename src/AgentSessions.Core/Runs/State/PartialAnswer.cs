using AgentSessions.Core.Runs.Writing;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.State;

/// <summary>An answer that a run which died left in the middle.</summary>
internal static class PartialAnswer
{
    /// <summary>Whether there is anything to keep: a text may have been opened only, and a call without a result is not kept.</summary>
    public static bool SaysSomething(UIMessage partial) =>
        partial.Parts.Any(static part => part is not (StepStartPart or TextPart { Text: "" } or ReasoningPart { Text: "" }));

    /// <summary>Closes it on <c>out</c>: readers that watched see the broken answer end before another begins.</summary>
    public static void Close(OutWriter writer) => _ = writer.AddAsync(OutWriter.Serialise(new FinishStepChunk()), isContent: false);

    /// <summary>The answer without what came after its last tool call: that is said again.</summary>
    public static UIMessage UpToItsCalls(UIMessage raw)
    {
        int last = raw.Parts.Count - 1;
        while (last >= 0 && raw.Parts[last] is not ToolPart)
        {
            last--;
        }

        UIMessage kept = raw with { Parts = [.. raw.Parts.Take(last + 1).Where(static part => part is not ToolPart { State: ToolPartState.InputStreaming })] };
        return UIMessageClean.CloseText(kept);
    }
}
