using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <summary>What every <see cref="ITranscriptStore"/> must do. Derive, say how a store is made, and call <see cref="VerifyAsync"/> from any test framework.</summary>
/// <example>
/// <code>
/// sealed class MyStoreContract : TranscriptStoreContract { protected override ITranscriptStore CreateStore() => new MyStore(connection); }
/// [Fact] public Task MyStore_KeepsTheContract() => new MyStoreContract().VerifyAsync();
/// </code>
/// </example>
public abstract class TranscriptStoreContract
{
    private int _chats;

    /// <summary>A store; it may be asked for several, and all of them see the same conversations.</summary>
    protected abstract ITranscriptStore CreateStore();

    /// <summary>The rules by name, for test frameworks that want one test for each.</summary>
    public IReadOnlyDictionary<string, Func<Task>> Rules => new Dictionary<string, Func<Task>>
    {
        ["a conversation that was never saved is null"] = NeverSavedIsNullAsync,
        ["messages come back in the order they were first put"] = OrderAsync,
        ["a put of a known id replaces in place"] = ReplaceAsync,
        ["remove drops one message, an unknown id none"] = RemoveAsync,
        ["truncate drops what follows, the empty id all, an unknown id none"] = TruncateAsync,
        ["changes are applied in order"] = InOrderAsync,
        ["a changeset may be saved twice"] = RepeatAsync,
        ["state and cursors are kept until they are replaced"] = StateAsync,
        ["final and partial answers are told apart"] = FinalAsync,
        ["conversations do not touch each other"] = ApartAsync,
        ["another store sees what was saved"] = SharedAsync,
        ["messages come back as they were, unknown fields included"] = UnchangedAsync,
    };

    /// <summary>Checks all rules.</summary>
    /// <exception cref="TranscriptContractException">One is broken; the message names it.</exception>
    public async Task VerifyAsync()
    {
        foreach ((string name, Func<Task> rule) in Rules)
        {
            try
            {
                await rule();
            }
            catch (Exception exception) when (exception is not TranscriptContractException)
            {
                throw new TranscriptContractException($"{name}: {exception.Message}", exception);
            }
        }
    }

    private async Task NeverSavedIsNullAsync() => Expect(await CreateStore().LoadAsync(NewScope(), default) is null, "LoadAsync must answer null");

    private async Task OrderAsync() => await ExpectIdsAsync(["a", "b", "c"], [Put("a"), Put("b"), Put("c")]);

    private async Task ReplaceAsync()
    {
        StoredConversation stored = await SaveAsync(NewScope(), [Put("a"), Put("b")], [Put("a", "new")]);
        Expect(Ids(stored).SequenceEqual(["a", "b"]), "the place must stay");
        Expect(stored.Messages[0].Message.Text == "new", "the content must be the new one");
    }

    private async Task RemoveAsync() =>
        await ExpectIdsAsync(["a", "c"], [Put("a"), Put("b"), Put("c"), new TranscriptChange.Remove("b"), new TranscriptChange.Remove("x")]);

    private async Task TruncateAsync()
    {
        await ExpectIdsAsync(["a"], [Put("a"), Put("b"), Put("c"), new TranscriptChange.TruncateAfter("a")]);
        await ExpectIdsAsync([], [Put("a"), new TranscriptChange.TruncateAfter("")]);
        await ExpectIdsAsync(["a", "b"], [Put("a"), Put("b"), new TranscriptChange.TruncateAfter("x")]);
    }

    private async Task InOrderAsync() => await ExpectIdsAsync(["a", "d"], [Put("a"), Put("b"), new TranscriptChange.TruncateAfter("a"), Put("d")]);

    private async Task RepeatAsync()
    {
        TranscriptScope scope = NewScope();
        TranscriptChange[] changes = [Put("a"), Put("b"), new TranscriptChange.TruncateAfter("a"), Put("c")];
        await SaveAsync(scope, changes);
        Expect(Ids(await SaveAsync(scope, changes)).SequenceEqual(["a", "c"]), "the second save must change nothing");
    }

    private async Task StateAsync()
    {
        TranscriptScope scope = NewScope();
        ITranscriptStore store = CreateStore();
        await store.SaveAsync(scope, Changes([new TranscriptChange.SetState(JsonElement.Parse("""{"n":1}"""))]) with { LastOutEventId = 5, LastInEventId = 3 }, default);
        await store.SaveAsync(scope, Changes([Put("a")]), default);
        StoredConversation stored = (await store.LoadAsync(scope, default))!;
        Expect(stored.State?.GetProperty("n").GetInt32() == 1, "the state must be kept");
        Expect((stored.LastOutEventId, stored.LastInEventId) is (5, 3), "null cursors must keep the stored ones");
        await store.SaveAsync(scope, Changes([new TranscriptChange.SetState(JsonElement.Parse("""{"n":2}"""))]) with { LastOutEventId = 9 }, default);
        stored = (await store.LoadAsync(scope, default))!;
        Expect(stored.State?.GetProperty("n").GetInt32() == 2 && (stored.LastOutEventId, stored.LastInEventId) is (9, 3), "state and cursor must be the new ones");
    }

    private async Task FinalAsync()
    {
        StoredConversation stored = await SaveAsync(NewScope(), [Put("a"), new TranscriptChange.Put(UIMessage.User("b", "b"), Final: false)]);
        Expect(stored.Messages.Select(static message => message.Final).SequenceEqual([true, false]), "Final must come back as it was put");
    }

    private async Task ApartAsync()
    {
        TranscriptScope first = NewScope();
        TranscriptScope second = NewScope();
        await SaveAsync(first, [Put("a")]);
        await SaveAsync(second, [Put("b")]);
        Expect(Ids((await CreateStore().LoadAsync(first, default))!).SequenceEqual(["a"]), "another conversation's message came along");
    }

    private async Task SharedAsync()
    {
        TranscriptScope scope = NewScope();
        await CreateStore().SaveAsync(scope, Changes([Put("a")]), default);
        Expect(await CreateStore().LoadAsync(scope, default) is { Messages.Count: 1 }, "a second store must see the conversation");
    }

    private async Task UnchangedAsync()
    {
        const string Json = """{"id":"a","role":"user","metadata":{"x":[1,null]},"parts":[{"type":"text","text":"ü 🌍"},{"type":"data-card","data":{"n":1}}],"later":true}""";
        UIMessage message = JsonSerializer.Deserialize<UIMessage>(Json, UIJson.Options)!;
        StoredConversation stored = await SaveAsync(NewScope(), [new TranscriptChange.Put(message, Final: true)]);
        string back = JsonSerializer.Serialize(stored.Messages[0].Message, UIJson.Options);
        Expect(JsonElement.DeepEquals(JsonElement.Parse(back), JsonElement.Parse(JsonSerializer.Serialize(message, UIJson.Options))), $"'{back}' came back");
    }

    private async Task ExpectIdsAsync(string[] ids, TranscriptChange[] changes)
    {
        StoredConversation stored = await SaveAsync(NewScope(), changes);
        Expect(Ids(stored).SequenceEqual(ids), $"the messages must be [{string.Join(", ", ids)}], not [{string.Join(", ", Ids(stored))}]");
    }

    private async Task<StoredConversation> SaveAsync(TranscriptScope scope, params TranscriptChange[][] saves)
    {
        ITranscriptStore store = CreateStore();
        foreach (TranscriptChange[] changes in saves)
        {
            await store.SaveAsync(scope, Changes(changes), default);
        }

        return await store.LoadAsync(scope, default) ?? throw new TranscriptContractException("What was saved must be there");
    }

    /// <summary>A changeset with the conversation as it is after it, for stores that keep one value.</summary>
    private static TranscriptChangeset Changes(TranscriptChange[] changes) => new() { Reason = TranscriptSaveReason.TurnComplete, Changes = changes, Messages = [] };

    private static IEnumerable<string> Ids(StoredConversation stored) => stored.Messages.Select(static message => message.Message.Id);

    private static TranscriptChange.Put Put(string id, string? text = null) => new(UIMessage.User(id, text ?? id), Final: true);

    private TranscriptScope NewScope()
    {
        string chat = $"contract-{Guid.NewGuid():N}-{_chats++}";
        return new TranscriptScope(chat, $"session_{chat}", "agent", "user", null);
    }

    private static void Expect(bool holds, string rule)
    {
        if (!holds)
        {
            throw new TranscriptContractException(rule);
        }
    }
}

/// <summary>A transcript store does not keep its contract; the message says what is wrong.</summary>
public sealed class TranscriptContractException(string message, Exception? innerException = null) : Exception(message, innerException);
