using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents.Tests;

/// <summary>A turn looks for files where something is new: what it costs does not grow with the history.</summary>
public sealed class ConversationFilesTests
{
    private const string Scheme = "attachment:";

    [Fact]
    public void TakeFiles_GivesEachMessagesFilesOnce()
    {
        Conversation conversation = Conversation.Load([Stored("a", "attachment:s/1"), Stored("b", "https://example.com/b.png")]);

        Assert.Equal(["attachment:s/1"], Take(conversation));
        Assert.Empty(Take(conversation));

        conversation.Put(Message("c", "attachment:s/2"));
        Assert.Equal(["attachment:s/2"], Take(conversation));
        Assert.Empty(Take(conversation));
    }

    [Fact]
    public void TakeFiles_ChangedMessage_IsLookedAtAgain()
    {
        Conversation conversation = Conversation.Load([Stored("a", "attachment:s/1"), Stored("b", "attachment:s/2")]);
        Take(conversation);

        conversation.Put(Message("b", "attachment:s/3"));

        Assert.Equal(["attachment:s/3"], Take(conversation));
    }

    [Fact]
    public void TakeFiles_ShortenedAndReplaced_MissesNothing()
    {
        Conversation conversation = Conversation.Load([Stored("a", "attachment:s/1"), Stored("b", "attachment:s/2")]);
        Take(conversation);

        conversation.Truncate(1);
        conversation.Put(Message("c", "attachment:s/3"));
        Assert.Equal(["attachment:s/3"], Take(conversation));

        conversation.Replace([Message("d", "attachment:s/4"), conversation[0]]);
        Assert.Contains("attachment:s/4", Take(conversation));
    }

    private static IEnumerable<string> Take(Conversation conversation) => conversation.TakeFiles(Scheme).Select(static file => file.Url);

    private static UIMessage Message(string id, string url) => UIMessage.User(id, "see") with { Parts = [new TextPart("see"), new FilePart("image/png", url)] };

    private static StoredMessage Stored(string id, string url) => new(id, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Message(id, url), UIJson.Options), true);
}
