using AgentSessions.Agents;
using AgentSessions.Core.Attachments;
using AgentSessions.Core.Events;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs;

/// <summary>What all runs of a host share.</summary>
internal sealed record RunServices(
    ISessionStore Store,
    IStateStore State,
    StreamHub Hub,
    AgentRegistry Agents,
    IServiceScopeFactory Scopes,
    TimeProvider Time,
    OpenTurns Turns,
    ISessionTokens? Tokens,
    RunHostOptions Options,
    ILoggerFactory Loggers,
    BudgetOptions Budgets,
    MessageCapture Capture,
    KeptConversations Kept,
    IRunObserver? Observer = null,
    IStandingApprovals? Approvals = null,
    IEventOutbox? Outbox = null,
    TextRedaction? Redaction = null,
    IAttachmentSource? Attachments = null,
    Gathering? Gathering = null);
