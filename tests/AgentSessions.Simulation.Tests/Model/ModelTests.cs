namespace AgentSessions.Simulation.Tests.Model;

/// <summary>The protocol of swap, append and boundary with two owners, three messages, two crashes and a hand-off, in every order there is.</summary>
public sealed class ModelTests
{
    private static readonly ModelState _start = ModelState.Start(messages: 3, crashes: 2, swaps: 1);

    [Fact]
    public void Protocol_InEveryOrder_AnswersEveryMessageOnceByOneOwner()
    {
        (int states, string? wrong) = ModelExploration.Explore(_start, new ModelRules());

        Assert.True(wrong is null, wrong);
        Assert.True(states > 10_000, $"Only {states} states were reached.");
    }

    public static TheoryData<string> Rules => [
        nameof(ModelRules.RunsNameTheirVersion), nameof(ModelRules.OwnersNameTheirVersion), nameof(ModelRules.ClaimsRideWithMessages), nameof(ModelRules.EndsNameTheTail),
        nameof(ModelRules.ClaimsNameTheBoundary), nameof(ModelRules.EndsHandOver), nameof(ModelRules.StartsRecover)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Protocol_WithoutOneOfItsRules_Breaks(string rule)
    {
        ModelRules rules = rule switch
        {
            nameof(ModelRules.RunsNameTheirVersion) => new ModelRules { RunsNameTheirVersion = false },
            nameof(ModelRules.OwnersNameTheirVersion) => new ModelRules { OwnersNameTheirVersion = false },
            nameof(ModelRules.ClaimsRideWithMessages) => new ModelRules { ClaimsRideWithMessages = false },
            nameof(ModelRules.EndsNameTheTail) => new ModelRules { EndsNameTheTail = false },
            nameof(ModelRules.ClaimsNameTheBoundary) => new ModelRules { ClaimsNameTheBoundary = false },
            nameof(ModelRules.EndsHandOver) => new ModelRules { EndsHandOver = false },
            _ => new ModelRules { StartsRecover = false },
        };

        Assert.NotNull(ModelExploration.Explore(_start, rules).Wrong);
    }
}
