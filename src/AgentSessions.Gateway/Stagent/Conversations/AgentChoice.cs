using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>Which agent answers: the one that the model id names, the one mapped to it, the one of the runtime, the default one.</summary>
internal sealed class AgentChoice(IOptions<StagentOptions> options, IAgentCatalog? agents = null)
{
    private const string UsualDefault = "echo";

    private readonly StagentOptions _options = options.Value;

    /// <exception cref="RequestRefusedException">400: its conversations cannot be shown.</exception>
    public string Of(ConversationSettings settings)
    {
        string name = NameOf(settings);
        return agents?.Find(name) is { HasOwnTranscripts: true } ? throw Refuse.OwnTranscripts(name) : name;
    }

    private string NameOf(ConversationSettings settings) =>
        Known(settings.ModelId)
        ?? Known(settings.ModelId is null ? null : _options.Models.GetValueOrDefault(settings.ModelId))
        ?? Known(_options.Runtimes.GetValueOrDefault(settings.RuntimeId))
        ?? Known(_options.DefaultAgent)
        ?? Known(UsualDefault)
        ?? agents?.Names.FirstOrDefault()
        ?? UsualDefault;

    private string? Known(string? name) => name is not null && agents?.Find(name) is not null ? name : null;
}
