using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using AgentSessions.Models.Settings;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Catalog;

/// <summary>The configured models and their clients, each made when it is first asked for and disposed with the catalog.</summary>
internal sealed partial class ModelCatalog : IModelCatalog, IDisposable
{
    private readonly Dictionary<string, ModelInfo> _byName;
    private readonly ModelsOptions _options;
    private readonly ChatClientFactory _factory;
    private readonly ConcurrentDictionary<string, Lazy<IChatClient>> _clients = new(StringComparer.OrdinalIgnoreCase);

    public ModelCatalog(IOptions<ModelsOptions> options, ChatClientFactory factory, ILogger<ModelCatalog> logger)
    {
        _options = options.Value;
        _factory = factory;
        _byName = _options.Models.ToDictionary(entry => entry.Key, entry => Describe(entry.Key, entry.Value), StringComparer.OrdinalIgnoreCase);
        Models = [.. _byName.Values.OrderBy(model => model.Name, StringComparer.OrdinalIgnoreCase)];
        Default = SecretSetting.Has(_options.DefaultModel) ? _byName[_options.DefaultModel!] : _byName.GetValueOrDefault("default") ?? Models.FirstOrDefault();
        foreach (ModelInfo model in Models)
        {
            LogModel(logger, model.Name, model.Provider, model.Model, model == Default);
        }
    }

    public IReadOnlyList<ModelInfo> Models { get; }

    public ModelInfo? Default { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out ModelInfo? model) => _byName.TryGetValue(name, out model);

    public IChatClient GetClient(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!TryGet(name, out ModelInfo? model))
        {
            throw UnconfiguredChatClient.Failure(Models);
        }

        return _clients.GetOrAdd(model.Name, static (key, catalog) => new Lazy<IChatClient>(() => catalog._factory.Create(key, catalog._options.Models[key])), this).Value;
    }

    public void Dispose()
    {
        foreach (Lazy<IChatClient> client in _clients.Values)
        {
            if (client.IsValueCreated)
            {
                client.Value.Dispose();
            }
        }
    }

    private static ModelInfo Describe(string name, ModelOptions model) =>
        new(name, SecretSetting.Has(model.Label) ? model.Label! : name, ModelProvider.Find(model.Provider)!.Name, model.Model!)
        {
            ContextTokens = model.ContextTokens,
            MaxOutputTokens = model.MaxOutputTokens,
            Pricing = model.Pricing,
            Tier = SecretSetting.Has(model.Tier) ? model.Tier : null,
        };

    [LoggerMessage(3301, LogLevel.Information, "Model {Model}: {Provider} {ProviderModel}, default: {IsDefault}")]
    private static partial void LogModel(ILogger logger, string model, string provider, string providerModel, bool isDefault);
}
