namespace AgentSessions.Simulation.Tests.Oracle;

/// <summary>What the agent says to one message in one run, whether it is ever stored or not.</summary>
internal sealed class Saying
{
    public string Text { get; set; } = "";

    /// <summary>Whether that is all.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Whether it ends with a failure, of which readers are told.</summary>
    public bool Fails { get; set; }

    public override string ToString() => $"'{Text}'{(IsEnded ? Fails ? " and a failure" : "" : " so far")}";
}
