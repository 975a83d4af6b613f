using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns.Lanes;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents.Tests;

/// <summary>What was made of a message is let go of by what was looked at, not by looking through all.</summary>
public sealed class ConversationRestTests
{
    [Fact]
    public void RestSaved_LetsGoOfWhatWasSaved_AndOfNothingElse()
    {
        Conversation conversation = Conversation.Load([Stored("a"), Stored("b")]);
        UIMessage lookedAt = conversation[0];
        UIMessage said = UIMessage.User("c", "hello");
        conversation.Put(said);
        Assert.Same(said, conversation[2]);

        conversation.TakeChanges(now: 0);
        Assert.Same(said, conversation[2]);
        conversation.RestSaved();

        Assert.Same(lookedAt, conversation[0]);
        Assert.NotSame(said, conversation[2]);
        Assert.Equal("hello", conversation[2].Text);
    }

    [Fact]
    public void RestSaved_OfAMessageThatChangedSince_KeepsTheChange()
    {
        var conversation = new Conversation();
        conversation.Put(UIMessage.User("a", "one"));
        conversation.TakeChanges(now: 0);
        conversation.Put(UIMessage.User("a", "two"));

        conversation.RestSaved();

        Assert.Equal("two", conversation[0].Text);
        Assert.Equal(["a"], conversation.TakeChanges(now: 0)!.Puts.Select(static put => put.Id));
    }

    [Fact]
    public void TakeChanges_OfMessagesThatSayTheSame_FindsNone()
    {
        UIMessage[] own = [UIMessage.User("a", "one"), UIMessage.User("b", "two")];
        var conversation = new Conversation();
        conversation.Replace(own);
        conversation.TakeChanges(now: 0);
        conversation.RestSaved();

        conversation.Replace(own);
        conversation.Put(UIMessage.User("b", "two"));
        Assert.True(conversation.IsSaved);

        conversation.Put(UIMessage.User("b", "three"));
        Assert.False(conversation.IsSaved);
    }

    [Fact]
    public void SavedRedacted_StaysAsItIs()
    {
        var conversation = new Conversation();
        conversation.Put(UIMessage.User("a", "secret"));
        conversation.TakeChanges(now: 0, static message => message with { Parts = [new TextPart("-")] });

        conversation.RestSaved();

        Assert.Equal("secret", conversation[0].Text);
    }

    [Fact]
    public void Rest_TellsTheBytesOfAllMessages_WhateverWasDone()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            Conversation conversation = Conversation.Load(Enumerable.Range(0, random.Next(6)).Select(static place => Stored($"m{place}")));
            for (int step = 0; step < 12; step++)
            {
                Change(conversation, random);
            }

            long expected = conversation.Sum(static message => (long)JsonSerializer.SerializeToUtf8Bytes(message, UIJson.Options).Length);
            Assert.Equal(expected, conversation.Rest());
            Assert.Equal(expected, conversation.Rest());
        }
    }

    [Fact]
    public async Task Messages_LookedAtByManyAtOnce_AreWhatTheyWere()
    {
        Conversation conversation = Conversation.Load(Enumerable.Range(0, 2_000).Select(static place => Stored($"m{place}")));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            Assert.All(conversation.Index(), static entry => Assert.Equal($"m{entry.Index}", entry.Item.Id)))));

        Assert.Equal(conversation.Sum(static message => (long)JsonSerializer.SerializeToUtf8Bytes(message, UIJson.Options).Length), conversation.Rest());
    }

    private static void Change(Conversation conversation, Random random)
    {
        switch (random.Next(7))
        {
            case 0:
                conversation.Truncate(random.Next(conversation.Count + 1));
                break;
            case 1:
                conversation.Replace([.. conversation.Where(_ => random.Next(3) > 0), UIMessage.User($"new{random.Next()}", "more")]);
                break;
            case 2:
                conversation.TakeChanges(now: 0);
                break;
            case 3:
                conversation.RestSaved();
                break;
            case 4:
                conversation.Rest();
                break;
            default:
                conversation.Put(UIMessage.User($"m{random.Next(8)}", new string('x', random.Next(40))));
                break;
        }
    }

    private static StoredMessage Stored(string id) => new(id, JsonSerializer.SerializeToUtf8Bytes(UIMessage.User(id, $"says {id}"), UIJson.Options), true);
}
