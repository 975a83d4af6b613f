using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Models.OpenAI;

/// <summary>
/// A chat client for every server that speaks OpenAI's Chat Completions: OpenAI, Azure, Ollama, vLLM, LM Studio, llama.cpp and others.
/// </summary>
/// <remarks>
/// <para>Every failure is a <see cref="ModelException"/>, but for the caller's own cancellation. A call is made again where that may
/// help, until the first content was handed out: after that a failure is thrown, so no text ever appears twice.</para>
/// <para>Tool calls come whole, one <see cref="FunctionCallContent"/> each, after the text. Arguments that are not a JSON object come
/// as a call whose <see cref="FunctionCallContent.Exception"/> is set.</para>
/// <para><c>ChatOptions.RawRepresentationFactory</c> may return a <see cref="System.Text.Json.Nodes.JsonObject"/>: its properties are
/// sent as they are and win over those this client would write. Safe for concurrent use.</para>
/// </remarks>
public sealed class OpenAICompatibleChatClient : IChatClient
{
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly OpenAICompatibleOptions _options;
    private readonly Failures _failures;
    private readonly ModelRetry _retry;
    private readonly ChatRequestWriter _writer;
    private readonly ChatAnswerReader _reader;
    private readonly TimeProvider _time;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Creates a client with connections of its own, or over the given ones.</summary>
    /// <param name="options">Where the server is. Not to be changed afterwards.</param>
    /// <param name="http">Not disposed with the client. Its own timeout must be infinite, and it should not follow redirects.</param>
    /// <param name="logger">Gets a line for each retry.</param>
    /// <param name="time">Time-outs and waits; the system's when null.</param>
    /// <param name="jitter">Numbers from 0 (inclusive) to 1 (exclusive) that spread retries; random when null.</param>
    public OpenAICompatibleChatClient(
        OpenAICompatibleOptions options,
        HttpClient? http = null,
        ILogger<OpenAICompatibleChatClient>? logger = null,
        TimeProvider? time = null,
        Func<double>? jitter = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _ownsHttp = http is null;
        _http = http ?? ModelHttp.Create(options.Calls);
        _time = time ?? TimeProvider.System;
        _failures = new Failures(options.Name, options.Key(), _time);
        _retry = new ModelRetry(options.Retries, _time, jitter ?? Random.Shared.NextDouble, logger ?? NullLogger<OpenAICompatibleChatClient>.Instance);
        _writer = new ChatRequestWriter(options, _failures);
        _reader = new ChatAnswerReader(options.Calls, _failures);
        _metadata = new ChatClientMetadata("openai", options.Endpoint, options.Model);
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        (Uri uri, byte[] body) = Request(messages, options, stream: false);
        return _retry.RunAsync(token => AttemptAsync(uri, body, token), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        (Uri uri, byte[] body) = Request(messages, options, stream: true);
        return _retry.StreamAsync(token => AttemptStreamAsync(uri, body, token), cancellationToken);
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
    public void Dispose()
    {
        if (_ownsHttp)
        {
            _http.Dispose();
        }
    }

    private (Uri Uri, byte[] Body) Request(IEnumerable<ChatMessage> messages, ChatOptions? options, bool stream) =>
        (_options.RequestUri(options?.ModelId ?? _options.Model), _writer.Write(messages, options, stream, this));

    private async Task<ChatResponse> AttemptAsync(Uri uri, byte[] body, CancellationToken cancellationToken)
    {
        using CallTimer timer = new(_time, _options.Calls.TotalTimeout, cancellationToken);
        try
        {
            using HttpResponseMessage response = await SendAsync(uri, body, "application/json", timer.Token);
            return await _reader.ReadAsync(response, timer.Token);
        }
        catch (Exception e) when (_failures.Translate(e, timer) is { } failure)
        {
            throw failure;
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> AttemptStreamAsync(Uri uri, byte[] body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CallTimer timer = new(_time, _options.Calls.TotalTimeout, cancellationToken);
        timer.Expect("no first token", _options.Calls.FirstTokenTimeout);
        HttpResponseMessage? response = null;
        IAsyncEnumerator<ChatResponseUpdate>? updates = null;
        try
        {
            while (true)
            {
                try
                {
                    response ??= await SendAsync(uri, body, "text/event-stream", timer.Token);
                    updates ??= _reader.StreamAsync(response, timer, timer.Token).GetAsyncEnumerator(timer.Token);
                    if (!await updates.MoveNextAsync())
                    {
                        break;
                    }
                }
                catch (Exception e) when (_failures.Translate(e, timer) is { } failure)
                {
                    throw failure;
                }

                yield return updates.Current;
            }
        }
        finally
        {
            if (updates is not null)
            {
                await updates.DisposeAsync();
            }

            response?.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri uri, byte[] body, string accept, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, uri) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.ParseAdd(accept);
        if (_failures.ReadKey() is { } key)
        {
            request.Headers.TryAddWithoutValidation(_options.IsAzure ? "api-key" : "Authorization", _options.IsAzure ? key : $"Bearer {key}");
        }

        foreach ((string name, string value) in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            ProviderError error = ProviderError.Parse(await ErrorBody.ReadAsync(response, cancellationToken));
            throw _failures.FromStatus((int)response.StatusCode, error, response.Headers);
        }
    }
}
