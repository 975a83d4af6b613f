using System.Text;
using System.Text.Json;
using AgentSessions.Client.Connections;
using AgentSessions.Client.Http;
using AgentSessions.Client.Retries;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Client;

/// <summary>A server's agents, over HTTP. One for a process; thread-safe.</summary>
public sealed class AgentSessionsClient : IAgentChatFactory, IChatActions, IDisposable
{
    private static readonly TimeSpan _defaultLifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _maxLifetime = TimeSpan.FromDays(30);

    private readonly HttpClient _http;
    private readonly HttpConnectionOptions _options;
    private readonly HttpSessionConnection _connection;
    private readonly AgentChatSettings _settings;
    private readonly RetryPolicy _retry;
    private readonly AgentChatFactory _chats;
    private string? _environment;

    /// <param name="options">The server.</param>
    /// <param name="handler">Sends; disposed with this. Null for one of its own, which renews connections so that it follows DNS.</param>
    /// <param name="time">The clock of all waits; null for the system's.</param>
    /// <param name="random">Where the jitter of waits comes from; null for the shared one.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    public AgentSessionsClient(AgentSessionsClientOptions options, HttpMessageHandler? handler = null, TimeProvider? time = null, Random? random = null)
    {
        _options = options.Connection(time ?? TimeProvider.System);

        // The time limits are the connection's, so that they run on its clock and spare the streams.
        _http = new HttpClient(handler ?? NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        _connection = new HttpSessionConnection(_http, _options);
        _settings = new AgentChatSettings { Retry = options.Retry, Time = _options.Time, Random = random ?? Random.Shared, Json = options.Json };
        _retry = new RetryPolicy(_settings.Retry, _settings.Time, _settings.Random);
        _chats = new AgentChatFactory(Connect, _settings);
    }

    /// <inheritdoc/>
    public AgentChat Create(AgentChatOptions options) => _chats.Create(options);

    /// <inheritdoc/>
    public AgentChat<TClientData> Create<TClientData>(AgentChatOptions<TClientData> options) => _chats.Create(options);

    /// <inheritdoc/>
    public async Task<StartedChat> StartSessionAsync(
        string agent, string chatId, object? clientData = null, TriggerConfig? triggerConfig = null, CancellationToken cancellationToken = default)
    {
        JsonElement? metadata = clientData switch
        {
            null => null,
            JsonElement element => element,
            _ => JsonSerializer.SerializeToElement(clientData, clientData.GetType(), _settings.Json),
        };
        var start = new SessionStart { ChatId = chatId, Agent = agent, TriggerConfig = TriggerConfig.ToJson(triggerConfig, chatId, metadata) };
        SessionStarted started = await _retry.RunAsync(token => _connection.StartAsync(start, token), cancellationToken).ConfigureAwait(false);
        return new StartedChat(started.SessionId, started.RunId, started.PublicAccessToken);
    }

    /// <inheritdoc/>
    public async ValueTask<string> CreatePublicTokenAsync(
        IReadOnlyList<string> scopes, TimeSpan? lifetime = null, CancellationToken cancellationToken = default)
    {
        TimeSpan span = lifetime ?? _defaultLifetime;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(span, _maxLifetime);
        _environment ??= await _retry.RunAsync(_connection.ReadEnvironmentAsync, cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = _settings.Time.GetUtcNow();
        return SessionToken.Sign(new SessionTokenClaims(_environment, scopes, now, now + span), Encoding.UTF8.GetBytes(_options.SecretKey));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private HttpSessionConnection Connect(AgentChatOptions chat) => chat is { BaseUrl: null, Handler: null }
        ? _connection
        : new HttpSessionConnection(_http, _options with { Route = chat.BaseUrl, Handler = chat.Handler });

    // A redirect would carry the message elsewhere; servers of this API send none.
    private static SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };
}
