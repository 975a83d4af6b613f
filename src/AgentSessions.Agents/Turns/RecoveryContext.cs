using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>A run that takes over from one that died in the middle of an answer.</summary>
public class RecoveryContext
{
    private protected readonly IRunRuntime Runtime;

    internal RecoveryContext(IRunRuntime runtime, RecoveryFacts facts, IOutputRuntime output)
    {
        Runtime = runtime;
        Settled = facts.Settled;
        InFlight = facts.InFlight;
        Partial = facts.Partial;
        PendingToolCalls = facts.PendingToolCalls;
        Output = new TurnOutput(output);
    }

    /// <summary>The caller's id of the conversation.</summary>
    public string ChatId => Runtime.ChatId;

    /// <summary>The run that recovers.</summary>
    public string RunId => Runtime.RunId;

    /// <summary>The run that died.</summary>
    public string? PreviousRunId => Runtime.PreviousRunId;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => Runtime.Services;

    /// <summary>The messages of finished turns, and the questions that were saved when theirs began.</summary>
    public IReadOnlyList<UIMessage> Settled { get; }

    /// <summary>User messages that no finished turn has answered, in order.</summary>
    public IReadOnlyList<UIMessage> InFlight { get; }

    /// <summary>What the dead run had written of its answer, cleaned of calls without results.</summary>
    public UIMessage Partial { get; }

    /// <summary>Tool calls that were open when the run died.</summary>
    public IReadOnlyList<ToolPart> PendingToolCalls { get; }

    /// <summary>Writes data parts for clients that are watching.</summary>
    public TurnOutput Output { get; }
}

/// <summary>A recovery, with typed client data.</summary>
public sealed class RecoveryContext<TClientData> : RecoveryContext
{
    private readonly Lazy<TClientData> _clientData;

    internal RecoveryContext(IRunRuntime runtime, RecoveryFacts facts, IOutputRuntime output, Func<TClientData> clientData)
        : base(runtime, facts, output) => _clientData = new Lazy<TClientData>(clientData);

    /// <summary>The client data of the session's base payload.</summary>
    /// <exception cref="ClientDataException">It is missing or invalid.</exception>
    public TClientData ClientData => _clientData.Value;
}

/// <summary>What a recovery hook decides. What is null stays as the runtime would have it.</summary>
public sealed record RecoveryPlan
{
    /// <summary>The conversation to go on from.</summary>
    public IReadOnlyList<UIMessage>? Messages { get; init; }

    /// <summary>The user messages to answer, in order. Whoever waits for the answer to one that is left out sees an empty turn.</summary>
    public IReadOnlyList<UIMessage>? Redispatch { get; init; }

    /// <summary>Work to finish before the first turn. If it throws, the run fails.</summary>
    public Func<CancellationToken, Task>? BeforeTurns { get; init; }
}

internal sealed record RecoveryFacts(
    IReadOnlyList<UIMessage> Settled, IReadOnlyList<UIMessage> InFlight, UIMessage Partial, IReadOnlyList<ToolPart> PendingToolCalls);
