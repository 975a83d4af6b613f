using System.Text.Json;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Every chunk as JSON on a line of its own; nothing else.</summary>
internal sealed class JsonAnswerView(TextWriter writer) : IAnswerView
{
    public void History(IReadOnlyList<UIMessage> messages)
    {
    }

    public void Chunk(UIMessageChunk chunk) => writer.WriteJson(json => JsonSerializer.Serialize(json, chunk, UIJson.Options));

    public void EndAnswer()
    {
    }

    public void Note(string text)
    {
    }
}
