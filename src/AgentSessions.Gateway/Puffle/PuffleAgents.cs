using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle;

/// <summary>Says which agent answers a request.</summary>
internal sealed class PuffleAgents(IAgentCatalog catalog, IOptions<PuffleOptions> options)
{
    private const string Header = "X-Agent-Id";

    private const string Setting = $"{PuffleOptions.Section}:{nameof(PuffleOptions.Agent)}";

    /// <exception cref="RequestRefusedException">
    /// 400: the header may be used and names no agent, or the agent's conversations cannot be shown. 500: nobody said which agent answers.
    /// </exception>
    public string Of(HttpContext context)
    {
        string name = NameOf(context);
        return catalog.Find(name) is { HasOwnTranscripts: true } ? throw Refuse.OwnTranscripts(name) : name;
    }

    private string NameOf(HttpContext context)
    {
        if (!options.Value.AgentHeader || context.Request.Headers[Header] is not [{ Length: > 0 } name])
        {
            return Default;
        }

        return catalog.Find(name) is not null ? name : throw Refuse.BadRequest("There is no such agent", Header);
    }

    private string Default =>
        catalog.Find(options.Value.Agent) is not null ? options.Value.Agent
        : catalog.Names.Count == 1 ? catalog.Names.First()
        : throw new RequestRefusedException(new Problem(StatusCodes.Status500InternalServerError, $"The server's setting {Setting} names no registered agent"));
}
