using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Redaction;

/// <content>What is stored beside records.</content>
public sealed partial class TextRedaction
{
    /// <summary>What callers said about a session.</summary>
    internal SessionRow Row(SessionRow row) => row with
    {
        TriggerConfig = Json(row.TriggerConfig),
        Metadata = row.Metadata is null ? null : Json(row.Metadata),
        Tags = [.. row.Tags.Select(Text)],
        ClosedReason = row.ClosedReason is null ? null : Text(row.ClosedReason),
    };

    /// <summary>What is told of a run.</summary>
    internal RunRow Run(RunRow run) => run with { Error = run.Error is null ? null : Text(run.Error), Tags = [.. run.Tags.Select(Text)] };
}
