using System.Collections.Concurrent;
using System.Text.Json;
using AgentSessions.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class TranscriptStoreTests
{
    private readonly ConcurrentDictionary<string, StoredConversation> _stored = new();

    [Fact]
    public Task AStoreThatKeepsTheContract_Passes() => new Contract(() => new DictionaryStore(_stored)).VerifyAsync();

    [Fact]
    public async Task AStoreThatForgetsTruncates_IsNamed()
    {
        var broken = new Contract(() => new DictionaryStore(_stored) { IgnoresTruncate = true });

        TranscriptContractException exception = await Assert.ThrowsAsync<TranscriptContractException>(broken.VerifyAsync);

        Assert.Contains("messages must be", exception.Message);
    }

    [Fact]
    public async Task AnAgentsOwnStore_HoldsTheConversation_AndTheNextRunContinuesIt()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.EchoAsync, builder =>
        {
            builder.Services.AddSingleton(_stored);
            builder.Services.AddSingleton<DictionaryStore>();
            builder.Options = options => options.UseTranscriptStore<DictionaryStore>();
        });
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
        Assert.Equal(["a", "1: a", "b", "3: b"], _stored["chat"].Messages.Select(message => message.Message.Text));
        Assert.Empty(await host.TranscriptAsync());
    }

    [Fact]
    public async Task AnOwnLoop_SavesToItsAgentsStore_BehindWhatRunsBeforeItSaved()
    {
        await using var host = await AgentTestHost.StartCustomAsync(
            async (loop, ct) =>
            {
                await foreach (SessionTurn turn in loop.Turns(ct))
                {
                    await turn.Output.WriteTextAsync($"{turn.UIMessages.Count}", ct);
                    await turn.DoneAsync();
                }
            },
            builder =>
            {
                builder.Services.AddSingleton(_stored);
                builder.Services.AddSingleton<DictionaryStore>();
                builder.Options = options => options.UseTranscriptStore<DictionaryStore>();
            });
        await host.SendAsync("a");
        await host.EndRunAsync();
        await host.RunsEndedAsync(1);

        Assert.Equal("1", (await host.SendAsync("b")).Text);
        Assert.Equal(["a", "1", "b", "1"], _stored["chat"].Messages.Select(static message => message.Message.Text));
        Assert.Equal(["a", "1", "b", "1"], host.Services.GetRequiredService<DictionaryStore>().Whole);
    }

    [Fact]
    public async Task AMessageThatIsGivenUp_IsInAnAgentsOwnStore()
    {
        await using var host = await AgentTestHost.StartAsync(Agents.EchoAsync, builder =>
        {
            builder.Services.AddSingleton(_stored);
            builder.Services.AddSingleton<DictionaryStore>();
            builder.Options = options =>
            {
                options.UseTranscriptStore<DictionaryStore>();
                options.OnBoot = static (_, _) => throw new InvalidOperationException();
            };
        });

        Assert.NotNull((await host.SendAsync("a")).ErrorText);

        Assert.Equal(["a"], _stored["chat"].Messages.Select(message => message.Message.Text));
    }

    private sealed class Contract(Func<ITranscriptStore> create) : TranscriptStoreContract
    {
        protected override ITranscriptStore CreateStore() => create();
    }

    private sealed class DictionaryStore(ConcurrentDictionary<string, StoredConversation> stored) : ITranscriptStore
    {
        public bool IgnoresTruncate { get; init; }

        /// <summary>The texts of the whole conversation, as the last save told it.</summary>
        public IReadOnlyList<string> Whole { get; private set; } = [];

        public ValueTask<StoredConversation?> LoadAsync(TranscriptScope scope, CancellationToken cancellationToken) => new(stored.GetValueOrDefault(scope.ChatId));

        public ValueTask SaveAsync(TranscriptScope scope, TranscriptChangeset changes, CancellationToken cancellationToken)
        {
            StoredConversation before = stored.GetValueOrDefault(scope.ChatId) ?? new StoredConversation([], null, null, null);
            List<StoredConversationMessage> messages = [.. before.Messages];
            JsonElement? state = before.State;
            foreach (TranscriptChange change in changes.Changes)
            {
                int place = messages.FindIndex(message => message.Message.Id == IdOf(change));
                switch (change)
                {
                    case TranscriptChange.Put put when place >= 0: messages[place] = new(put.Message, put.Final); break;
                    case TranscriptChange.Put put: messages.Add(new(put.Message, put.Final)); break;
                    case TranscriptChange.Remove when place >= 0: messages.RemoveAt(place); break;
                    case TranscriptChange.TruncateAfter { Id: "" } when !IgnoresTruncate: messages.Clear(); break;
                    case TranscriptChange.TruncateAfter when place >= 0 && !IgnoresTruncate: messages.RemoveRange(place + 1, messages.Count - place - 1); break;
                    case TranscriptChange.SetState set: state = set.State; break;
                }
            }

            Whole = [.. changes.Messages.Select(static message => message.Text)];
            stored[scope.ChatId] = new StoredConversation(messages, state, changes.LastOutEventId ?? before.LastOutEventId, changes.LastInEventId ?? before.LastInEventId);
            return default;
        }

        private static string? IdOf(TranscriptChange change) => change switch
        {
            TranscriptChange.Put put => put.Message.Id,
            TranscriptChange.Remove remove => remove.Id,
            TranscriptChange.TruncateAfter truncate => truncate.Id,
            _ => null,
        };
    }
}
