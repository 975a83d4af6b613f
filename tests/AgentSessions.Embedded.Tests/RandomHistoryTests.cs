using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Tests;

/// <summary>Whatever happens, in whatever order, the store is what the in-memory store is.</summary>
public sealed class RandomHistoryTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task AnyHistory_IsThatOfTheInMemoryStore(int seed)
    {
        using var directory = new TestDirectory();
        EmbeddedStoreOptions options = TestStore.Tiny;
        options.Durability = StoreDurability.Normal;
        options.CheckpointAfterIdle = TimeSpan.FromDays(1);
        await using var expected = new InMemorySessionStore();
        EmbeddedSessionStore actual = await TestStore.OpenAsync(directory.Path, options);
        var history = new RandomHistory(seed, expected);
        try
        {
            for (int step = 0; step < 250; step++)
            {
                switch (history.Next(40))
                {
                    case 0:
                        await actual.CheckpointAsync();
                        break;
                    case 1:
                        await actual.DisposeAsync();
                        actual = await TestStore.OpenAsync(directory.Path, options);
                        break;
                    case 2:
                        using (var copy = new TestDirectory())
                        {
                            // What a crash leaves: the files as they are.
                            await actual.SettleAsync();
                            StoreFiles.Copy(directory.Path, copy.Path);
                            await actual.DisposeAsync();
                            StoreFiles.Replace(directory.Path, copy.Path);
                            actual = await TestStore.OpenAsync(directory.Path, options);
                        }

                        break;
                    default:
                        await history.StepAsync(actual);
                        break;
                }
            }

            await history.CompareAllAsync(actual);
        }
        finally
        {
            await actual.DisposeAsync();
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];
}
