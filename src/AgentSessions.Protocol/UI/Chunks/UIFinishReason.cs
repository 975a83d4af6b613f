namespace AgentSessions.Protocol.UI;

/// <summary>Why a message ended: the values stock clients accept in <see cref="FinishChunk.FinishReason"/>.</summary>
public static class UIFinishReason
{
    public const string Stop = "stop";
    public const string Length = "length";
    public const string ContentFilter = "content-filter";
    public const string ToolCalls = "tool-calls";
    public const string Error = "error";
    public const string Other = "other";
}
