using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Shows answers as they come.</summary>
internal interface IAnswerView
{
    /// <summary>Shows what was said before.</summary>
    void History(IReadOnlyList<UIMessage> messages);

    void Chunk(UIMessageChunk chunk);

    /// <summary>The turn is over, or its reader leaves.</summary>
    void EndAnswer();

    /// <summary>Says something about the chat that is not part of it.</summary>
    void Note(string text);
}
