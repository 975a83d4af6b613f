using AgentSessions.Load.Checks;

namespace AgentSessions.Load.Tests;

public sealed class OrderCheckTests
{
    [Fact]
    public void See_EachOnceInOrder_NoFault() => Assert.True(See(0, 1, 2, 3).None);

    [Fact]
    public void See_OneMissing_IsLost() => Assert.Equal(new OrderFaults(1, 0, 0), See(0, 1, 3));

    [Fact]
    public void See_SeveralMissing_AreLost() => Assert.Equal(new OrderFaults(4, 0, 0), See(2, 3, 6));

    [Fact]
    public void See_OneAgain_IsRepeated() => Assert.Equal(new OrderFaults(0, 2, 0), See(0, 1, 1, 0, 2));

    [Fact]
    public void See_OneLate_IsReorderedNotLost() => Assert.Equal(new OrderFaults(0, 0, 1), See(0, 2, 1, 3));

    [Fact]
    public void See_LateOnesInsideALargerHole_AreToldApart() => Assert.Equal(new OrderFaults(2, 1, 2), See(0, 5, 3, 2, 3));

    [Fact]
    public void EndAt_BeyondTheLast_CountsTheRestAsLost()
    {
        OrderCheck check = new();
        check.See(0);
        check.EndAt(3);

        Assert.Equal(new OrderFaults(2, 0, 0), check.Faults);
        Assert.Equal(3, check.Next);
    }

    [Fact]
    public void StartAt_Again_KeepsFaultsAndForgetsHoles()
    {
        OrderCheck check = new();
        check.See(2);
        check.StartAt(0);
        check.See(0);
        check.See(1);

        Assert.Equal(new OrderFaults(2, 0, 0), check.Faults);
    }

    private static OrderFaults See(params long[] numbers)
    {
        OrderCheck check = new();
        foreach (long number in numbers)
        {
            check.See(number);
        }

        return check.Faults;
    }
}
