using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Orleans.Tests;

/// <summary>The bound on stored bytes: each node counts for itself and measures what all of them stored.</summary>
public sealed class StorageLimitTests : IAsyncLifetime
{
    private const int Nodes = 3;

    private static readonly string _large = new('x', 50_000);

    private TestNodes _nodes = null!;

    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(Nodes, new TestNodesOptions
    {
        Configure = static node => node.Services.AddSingleton(static provider => new StorageQuota(
            provider.GetRequiredService<ISessionStore>(), new StorageLimits { Bytes = 1_000_000 }, TimeProvider.System)),
    });

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Full_IsRefusedByEveryNode_ButForRepeats_UntilSomethingIsDeleted()
    {
        string[] chats = ["a", "b", "c", "d", "e", "f"];
        foreach (string chat in chats)
        {
            await _nodes.Engine(0).OpenAsync(chat);
        }

        AppendedRecord first = await SayAsync(0, chats[0], "part-first");

        // Messages and their answers fill it; sessions are on all nodes, and each hears of what others stored with its next measurement.
        var refused = new HashSet<string>();
        await Eventually.HoldsAsync(
            async () =>
            {
                foreach (string chat in chats)
                {
                    if (await FailureAsync(chat) is { } failure)
                    {
                        Assert.Equal((SessionErrorCode.StorageFull, false), (failure.Code, failure.IsTransient));
                        refused.Add(chat);
                    }
                }

                return refused.Count;
            },
            count => count == chats.Length,
            "every chat is refused");

        AppendedRecord repeat = await SayAsync(1, chats[0], "part-first");
        Assert.True(repeat.IsRepeat);
        Assert.Equal(first.Sequence, repeat.Sequence);

        foreach (string chat in chats)
        {
            await _nodes.Engine(2).DeleteAsync(Chat.Key(chat), CancellationToken.None);
        }

        await Eventually.HoldsAsync(
            async () => await Record.ExceptionAsync(async () => await _nodes.Engine(2).OpenAsync("more")), static failure => failure is null, "there is room");
    }

    private async Task<SessionException?> FailureAsync(string chat)
    {
        try
        {
            await SayAsync(1, chat, Guid.NewGuid().ToString("N"));
            return null;
        }
        catch (SessionException exception)
        {
            return exception;
        }
    }

    private ValueTask<AppendedRecord> SayAsync(int node, string chat, string part) => _nodes.Engine(node).SayAsync(chat, _large, part);
}
