using AgentSessions.Server.Memory;

namespace AgentSessions.Operations.Tests;

/// <summary>In a small container the heap leaves room for what else the server needs.</summary>
public sealed class HeapLimitTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(128, 64)]
    [InlineData(200, 72)]
    [InlineData(256, 128)]
    [InlineData(384, 256)]
    public void SmallContainer_KeepsRoomBesideTheHeap(long container, long heap) =>
        Assert.Equal(heap * MiB, HeapLimit.For(RuntimesOwn(container)));

    [Theory]
    [InlineData(512)]
    [InlineData(2048)]
    [InlineData(65536)]
    public void LargerContainer_IsLeftToTheRuntime(long container) => Assert.Null(HeapLimit.For(RuntimesOwn(container)));

    /// <summary>What the runtime gives its heap of a container of so many MiB.</summary>
    private static long RuntimesOwn(long container) => container * MiB * 3 / 4;
}
