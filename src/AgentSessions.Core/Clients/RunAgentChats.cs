using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Client;
using AgentSessions.Client.Connections;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Core.Clients;

/// <summary>The chats an agent opens with other agents: in its own environment, for the same user, within its budgets.</summary>
internal sealed class RunAgentChats(RunScope scope, IServiceProvider services) : IAgentChatFactory
{
    private const string NoRun = "Agents are called with this factory from inside a run only; elsewhere use EngineAgentChats.Create or the HTTP client.";
    private AgentChatFactory? _factory;

    private RunState Run => scope.Run ?? throw new InvalidOperationException(NoRun);

    private AgentChatFactory Factory => _factory ??= new AgentChatFactory(
        _ => new EngineSessionConnection(services.GetRequiredService<ISessionEngine>(), Run.Start.Session.Key.Environment, Run.Shared.Tokens) { Adopt = AdoptAsync },
        services.GetService<AgentChatSettings>());

    public AgentChat Create(AgentChatOptions options) => Factory.Create(options);

    public AgentChat<TClientData> Create<TClientData>(AgentChatOptions<TClientData> options) => Factory.Create(options);

    /// <summary>Remembers who calls, before the session can begin to work.</summary>
    /// <returns>The session's metadata; null for none.</returns>
    private async ValueTask<string?> AdoptAsync(SessionStart start, CancellationToken cancellationToken)
    {
        RunState run = Run;
        int depth = (run.Lineage?.Depth ?? 0) + 1;
        if (depth > run.Shared.Options.MaxSubAgentDepth)
        {
            throw new AgentUserException($"sub-agent-too-deep: agents may call agents {run.Shared.Options.MaxSubAgentDepth} levels deep.");
        }

        var lineage = new Lineage(depth, run.SessionId, run.ChatId, run.RunId, ToolCallContext.CurrentCallId, run.PassedOnBudgets);
        await lineage.WriteAsync(run.Shared.State, new SessionKey(run.Start.Session.Key.Environment, start.ChatId), cancellationToken);
        return SessionUser.IdOf(run.Start.Session) is { } userId ? JsonSerializer.Serialize(new { userId }) : null;
    }
}
