using AgentSessions.Models.Calls;
using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Catalog;

/// <summary>Reads the list of models that a provider serves under <c>/models</c>. Each endpoint is asked once, all of them at the same time.</summary>
internal sealed partial class ModelDiscovery(
    IModelCatalog catalog, IOptions<ModelsOptions> options, IConfiguration configuration, ILogger<ModelDiscovery> logger, TimeProvider? time = null)
    : IModelDiscovery, IDisposable
{
    private const int MaxModels = 200;
    private const int MaxAnswerBytes = 1024 * 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = NewClient();

    public async ValueTask<IReadOnlyList<ModelInfo>> DiscoverAsync(CancellationToken cancellationToken)
    {
        IEnumerable<Task<IReadOnlyList<ModelInfo>>> lists = options.Value.Models
            .Select(entry => (entry.Key, Model: entry.Value, Provider: ModelProvider.Find(entry.Value.Provider)!))
            .Where(static entry => entry.Provider.Name != ModelProvider.Azure)
            .DistinctBy(static entry => (entry.Provider.Name, entry.Model.Endpoint))
            .Select(entry => ListAsync(entry.Key, entry.Model, entry.Provider, cancellationToken));
        IReadOnlyList<ModelInfo>[] listed = await Task.WhenAll(lists);
        return [.. catalog.Models.Concat(listed.SelectMany(static list => list)).DistinctBy(static model => model.Model)];
    }

    public void Dispose() => _http.Dispose();

    private async Task<IReadOnlyList<ModelInfo>> ListAsync(string name, ModelOptions model, ModelProvider provider, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_patience, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using HttpRequestMessage request = NewRequest(name, model, provider);
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token);
            response.EnsureSuccessStatusCode();
            return [.. ModelList.Read(await response.Content.ReadAsByteArrayAsync(either.Token), provider.Name).Take(MaxModels)];
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The exception may hold what the provider said, and that may hold the key.
            LogNotListed(provider.Name, exception.GetType().Name);
            return [];
        }
    }

    private HttpRequestMessage NewRequest(string name, ModelOptions model, ModelProvider provider)
    {
        string endpoint = (SecretSetting.Has(model.Endpoint) ? model.Endpoint! : provider.Endpoint!).TrimEnd('/');
        string? key = model.Key(name).Resolve(configuration) ?? (SecretSetting.Has(model.ApiKeyFile) ? File.ReadAllText(model.ApiKeyFile!).Trim() : null);
        bool isAnthropic = provider.Name == ModelProvider.Anthropic;
        var request = new HttpRequestMessage(HttpMethod.Get, isAnthropic ? $"{endpoint}/v1/models?limit={MaxModels}" : $"{endpoint}/models");
        foreach ((string header, string value) in model.Headers)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        if (isAnthropic)
        {
            request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        }

        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(isAnthropic ? "x-api-key" : "Authorization", isAnthropic ? key : $"Bearer {key}");
        }

        return request;
    }

    private static HttpClient NewClient()
    {
        HttpClient http = ModelHttp.Create(new ModelCallOptions());
        http.MaxResponseContentBufferSize = MaxAnswerBytes;
        return http;
    }

    [LoggerMessage(3311, LogLevel.Warning, "The provider {Provider} did not list its models: {Failure}")]
    private partial void LogNotListed(string provider, string failure);
}
