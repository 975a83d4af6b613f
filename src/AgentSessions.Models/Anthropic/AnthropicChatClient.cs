using System.Runtime.CompilerServices;
using AgentSessions.Models.Calls;
using Anthropic;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Models.Anthropic;

/// <summary>A chat client for Anthropic's models through Anthropic's own package, with the retries, limits and errors of all our models.</summary>
/// <remarks>
/// <para>Every failure is a <see cref="ModelException"/>, but for the caller's own cancellation. Nothing is tried again once content was handed out.</para>
/// <para><c>ChatOptions.RawRepresentationFactory</c> may return the package's <c>MessageCreateParams</c>, which then decides about caching as well. Safe for concurrent use.</para>
/// </remarks>
public sealed class AnthropicChatClient : IChatClient
{
    private readonly AnthropicModelOptions _options;
    private readonly HttpMessageInvoker _connections;
    private readonly Failures _failures;
    private readonly ModelRetry _retry;
    private readonly TimeProvider _time;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Creates a client with connections of its own, or over the given ones.</summary>
    /// <param name="options">Which model. Not to be changed afterwards.</param>
    /// <param name="connections">Not disposed with the client. Should not follow redirects.</param>
    /// <param name="logger">Gets a line for each retry.</param>
    /// <param name="time">Time-outs and waits; the system's when null.</param>
    /// <param name="jitter">Numbers from 0 (inclusive) to 1 (exclusive) that spread retries; random when null.</param>
    public AnthropicChatClient(
        AnthropicModelOptions options,
        HttpMessageHandler? connections = null,
        ILogger<AnthropicChatClient>? logger = null,
        TimeProvider? time = null,
        Func<double>? jitter = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        // Not an HttpClient: called as the package calls, that would read a whole stream before it hands out the first byte.
        _connections = new HttpMessageInvoker(connections ?? ModelHttp.CreateHandler(options.Calls), disposeHandler: connections is null);
        _time = time ?? TimeProvider.System;
        _failures = new Failures(options.Name, options.Key(), _time);
        _retry = new ModelRetry(options.Retries, _time, jitter ?? Random.Shared.NextDouble, logger ?? NullLogger<AnthropicChatClient>.Instance);
        _metadata = new ChatClientMetadata("anthropic", options.Endpoint, options.Model);
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] sent = [.. messages];
        ChatOptions prepared = PromptCache.Prepare(options, _options);
        return _retry.RunAsync(token => AttemptAsync(sent, prepared, token), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] sent = [.. messages];
        ChatOptions prepared = PromptCache.Prepare(options, _options);
        return _retry.StreamAsync(token => AttemptStreamAsync(sent, prepared, token), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();

    private async Task<ChatResponse> AttemptAsync(ChatMessage[] messages, ChatOptions options, CancellationToken cancellationToken)
    {
        using CallTimer timer = new(_time, _options.Calls.TotalTimeout, cancellationToken);
        using IChatClient client = Client(timer);
        try
        {
            ChatResponse response = await client.GetResponseAsync(messages, options, timer.Token);
            return response.FinishReason is null ? throw _failures.BadResponse("no reason why it ended") : response;
        }
        catch (Exception e) when (Translate(e, timer) is { } failure)
        {
            throw failure;
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> AttemptStreamAsync(ChatMessage[] messages, ChatOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CallTimer timer = new(_time, _options.Calls.TotalTimeout, cancellationToken);
        timer.Expect("no first token", _options.Calls.FirstTokenTimeout);
        using IChatClient client = Client(timer);
        await using IAsyncEnumerator<ChatResponseUpdate> updates = client.GetStreamingResponseAsync(messages, options, timer.Token).GetAsyncEnumerator(timer.Token);
        StreamEnd end = new(_failures);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                {
                    break;
                }
            }
            catch (Exception e) when (Translate(e, timer) is { } failure)
            {
                // A finished answer stays one, whatever becomes of the connection.
                if (end.IsFinished && failure.Kind is ModelErrorKind.Cut or ModelErrorKind.TimedOut)
                {
                    break;
                }

                throw failure;
            }

            if (end.Take(updates.Current) is { } update)
            {
                yield return update;
            }
        }

        yield return end.Complete();
    }

    // The package's client is made for one attempt: it carries the key as it is now, and the attempt's timer.
    private IChatClient Client(CallTimer timer) => new AnthropicClient(new()
    {
        BaseUrl = _options.Endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/'),
        ApiKey = _failures.ReadKey() ?? throw _failures.NotConfigured("no key is set"),
        HttpClient = new HttpClient(new WatchedHandler(_connections, _options.Calls, _failures, timer)) { Timeout = Timeout.InfiniteTimeSpan },
        MaxRetries = 0,
        Timeout = _options.Calls.TotalTimeout,
        ExtraHeaders = _options.Headers,
        OpenTelemetry = false,
    }).AsIChatClient(_options.Model, _options.MaxOutputTokens, _options.UseThinkingBudget ? AnthropicThinkingMode.Extended : AnthropicThinkingMode.Adaptive);

    // The package's exceptions quote bodies, which may quote prompts, so none of them goes along as an inner exception.
    private ModelException? Translate(Exception exception, CallTimer timer) => exception switch
    {
        ModelException => null,
        _ when _failures.TimedOut(timer) is { } late => late,
        AnthropicIOException { InnerException: { } inner } => _failures.Translate(inner, timer),
        AnthropicServiceException service => _failures.FromStream(ProviderError.From(service.Body)),
        AnthropicException => _failures.BadResponse("not the Messages format"),
        _ => _failures.Translate(exception, timer),
    };
}
