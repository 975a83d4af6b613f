namespace AgentSessions.Orleans.Settings;

/// <summary>On which of the nodes that host sessions a node places those that it is asked for.</summary>
public enum OrleansPlacement
{
    /// <summary>On itself, if it is one of them: whoever asks mostly stays, so that records and calls stay on one node.</summary>
    Near,

    /// <summary>On any: for clusters where everything comes in by one node.</summary>
    Anywhere,
}
