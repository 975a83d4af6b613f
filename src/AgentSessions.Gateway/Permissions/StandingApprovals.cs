using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Permissions;

/// <summary>Lets the runtime go on with calls that a saved rule of the session's owner allows.</summary>
internal sealed class StandingApprovals(IServiceProvider services) : IStandingApprovals
{
    // Asked for when first needed: the rules are kept by the engine, and the engine's runs ask here.
    private readonly Lazy<PermissionRules> _rules = new(services.GetRequiredService<PermissionRules>);

    public ValueTask<bool> AllowsAsync(SessionRow session, ToolPart call, CancellationToken cancellationToken) =>
        SessionUser.IdOf(session) is { } owner ? _rules.Value.AllowAsync(session.Key.Environment, owner, call.ToolName, call.Input, cancellationToken) : default;
}
