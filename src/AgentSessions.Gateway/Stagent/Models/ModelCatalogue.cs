using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Models;

/// <summary><c>GET /api/chat/models</c>: the published models, those that were discovered, the agents. Never an error.</summary>
internal sealed partial class ModelCatalogue(
    StagentAccess access,
    IEnumerable<IChatModelSource> sources,
    IOptions<StagentOptions> options,
    TimeProvider time,
    ILogger<ModelCatalogue> logger,
    IAgentCatalog? agents = null)
{
    private static readonly TimeSpan _freshness = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private static readonly ChatModel[] _published =
    [
        new("haiku", "Haiku", "anthropic", "Fast", "$"),
        new("sonnet", "Sonnet", "anthropic", "Balanced", "$$"),
        new("opus", "Opus", "anthropic", "Best", "$$$"),
        new("gpt-5.4-mini", "GPT-5.4 Mini", "openai", "Fast", "$"),
        new("gpt-5.3-codex", "Codex 5.3", "openai", "Balanced", "$$"),
        new("gpt-5.4", "GPT-5.4", "openai", "Best", "$$$"),
    ];

    private Discovery? _last;

    public async Task GetAsync(HttpContext context)
    {
        await access.AuthenticateAsync(context);
        IReadOnlyList<ChatModel> discovered = await DiscoverAsync(context.RequestAborted);
        IEnumerable<ChatModel> all = _published.Concat(discovered).Concat(Agents().Select(OfAgent)).DistinctBy(static model => model.Id);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, all, Write);
    }

    /// <summary>Those that this API can show the conversations of.</summary>
    private IEnumerable<string> Agents() => agents?.Names.Where(name => agents.Find(name) is { HasOwnTranscripts: false }) ?? [];

    private async ValueTask<IReadOnlyList<ChatModel>> DiscoverAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _last) is { } last && time.GetElapsedTime(last.At) < _freshness)
        {
            return last.Models;
        }

        IReadOnlyList<ChatModel>[] found = await Task.WhenAll(sources.Select(source => AskAsync(source, cancellationToken)));
        ChatModel[] models = [.. found.SelectMany(static list => list)];
        Volatile.Write(ref _last, new Discovery(models, time.GetTimestamp()));
        return models;
    }

    private async Task<IReadOnlyList<ChatModel>> AskAsync(IChatModelSource source, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A source that does not look at its token is not waited for either.
            return await source.DiscoverAsync(either.Token).AsTask().WaitAsync(either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogDiscoveryFailed(exception);
            return [];
        }
    }

    private ChatModel OfAgent(string name)
    {
        AgentModelOptions shown = options.Value.AgentModels.GetValueOrDefault(name) ?? new AgentModelOptions();
        return new ChatModel(name, shown.Label ?? name, shown.Provider, shown.Tier, shown.Cost);
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<ChatModel> models)
    {
        json.WriteStartArray();
        foreach (ChatModel model in models)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, model.Id);
            json.WriteString("label"u8, model.Label);
            json.WriteString("provider"u8, model.Provider);
            json.WriteString("tier"u8, model.Tier);
            json.WriteString("costLabel"u8, model.Cost);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    [LoggerMessage(5402, LogLevel.Warning, "Models could not be discovered; the published ones are shown")]
    private partial void LogDiscoveryFailed(Exception exception);

    private sealed record Discovery(IReadOnlyList<ChatModel> Models, long At);
}
