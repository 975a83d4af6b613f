using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>Which turns the load under fire counts: those that a reader saw as a whole.</summary>
public sealed class TurnsSeenTests
{
    [Fact]
    public void Turns_FromTheBeginningAndAfterABoundary_AreWhole() =>
        Assert.Equal([2, 3], Lengths(Chunk(0), Boundary(1), Chunk(2), Chunk(3), Boundary(4)));

    [Fact]
    public void Turn_BehindWhatWasTrimmedBeforeTheReaderCame_IsNotWhole() =>
        Assert.Equal([2], Lengths(Boundary(93), Chunk(94), Boundary(95)));

    [Fact]
    public void Turn_WithAGap_IsNotWhole() =>
        Assert.Equal([2, 2], Lengths(Chunk(0), Boundary(1), Chunk(2), Boundary(7), Chunk(8), Boundary(9)));

    [Fact]
    public void Turn_WithoutItsBoundary_IsNotWhole() =>
        Assert.Equal([1], Lengths(Boundary(0), Chunk(1)));

    private static int[] Lengths(params WireRecord[] seen) => [.. SeenTurn.Among(seen).Where(static turn => turn.IsWhole).Select(static turn => turn.Records.Count)];

    private static WireRecord Chunk(long sequence) => new(sequence, """{"data":{"type":"text-delta","id":"t","delta":"x"},"id":"p"}""", []);

    private static WireRecord Boundary(long sequence) => new(sequence, "", [("trigger-control", "turn-complete")]);
}
