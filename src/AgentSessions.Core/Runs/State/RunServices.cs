using System.Collections.Concurrent;
using AgentSessions.Agents;
using AgentSessions.Core.Attachments;
using AgentSessions.Core.Events;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.State;

/// <summary>What all runs of a host share. What may be null is not there in every host.</summary>
internal sealed record RunServices
{
    // What is kept.

    public required ISessionStore Store { get; init; }

    public required IStateStore State { get; init; }

    public required StreamHub Hub { get; init; }

    public required KeptConversations Kept { get; init; }

    public TextRedaction? Redaction { get; init; }

    public IAttachmentSource? Attachments { get; init; }

    // What agents are, and what they may do.

    public required AgentRegistry Agents { get; init; }

    public required IServiceScopeFactory Scopes { get; init; }

    public required BudgetOptions Budgets { get; init; }

    public ISessionTokens? Tokens { get; init; }

    public IStandingApprovals? Approvals { get; init; }

    // How runs go.

    public required RunHostOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required OpenTurns Turns { get; init; }

    public required Gathering Gathering { get; init; }

    // Who hears of it.

    public required ILoggerFactory Loggers { get; init; }

    public required MessageCapture Capture { get; init; }

    public IRunObserver? Observer { get; init; }

    public IEventOutbox? Outbox { get; init; }

    private ConcurrentDictionary<Type, ILogger> PartLoggers { get; } = new();

    /// <summary>The log of a part of a run: one for all runs, of which there are many.</summary>
    public ILogger LoggerOf<T>() => PartLoggers.GetOrAdd(typeof(T), static (part, loggers) => loggers.CreateLogger(part), Loggers);
}
