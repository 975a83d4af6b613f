namespace AgentSessions.Protocol.UI;

/// <summary>A chunk does not fit behind those before it. The chunk had no effect; the message is as it was.</summary>
public sealed class ChunkOrderException : InvalidOperationException
{
    internal ChunkOrderException(ChunkRule rule, string chunkType, string? chunkId = null)
        : base($"The chunk {chunkType}{(chunkId is null ? "" : $" \"{chunkId}\"")} breaks the rule {rule}: {Explain(rule)}.")
    {
        Rule = rule;
        ChunkType = chunkType;
        ChunkId = chunkId;
    }

    public ChunkRule Rule { get; }

    /// <summary>The wire name of the refused chunk.</summary>
    public string ChunkType { get; }

    /// <summary>The text, reasoning, tool call or message id of the refused chunk; null if it has none.</summary>
    public string? ChunkId { get; }

    private static string Explain(ChunkRule rule) => rule switch
    {
        ChunkRule.StartFirst => "start must be the first chunk of the message",
        ChunkRule.StartOnce => "a message starts once, and a continued one with its own id",
        ChunkRule.IdUnique => "this id is open already; end it first",
        ChunkRule.IdOpen => "no such id is open; send its start first, and note that finish-step closes all ids",
        ChunkRule.ToolInputStarted => "send tool-input-start with this tool call id first",
        ChunkRule.ToolKnown => "the message has no tool call with this id",
        ChunkRule.ErrorLast => "nothing may follow an error",
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
    };
}
