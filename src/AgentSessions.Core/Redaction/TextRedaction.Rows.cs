using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Redaction;

/// <content>What is stored beside records.</content>
public sealed partial class TextRedaction
{
    /// <summary>Kinds of values that hold numbers and names only.</summary>
    private static readonly string[] _plainSpaces = ["budgets", "puffle-budgets", "lineage"];

    /// <summary>A value beside sessions. One that is no JSON, a user's file above all, stays as it is.</summary>
    internal ReadOnlyMemory<byte> Value(StateKey key, ReadOnlyMemory<byte> value) =>
        value.Span is [(byte)'{' or (byte)'[', ..] && !_plainSpaces.Contains(key.Space) ? Json(value) : value;

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
