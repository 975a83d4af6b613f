using AgentSessions.Client.Connections;
using AgentSessions.Client.Http;

namespace AgentSessions.Client;

/// <summary>What a chat with an agent is made of.</summary>
public class AgentChatOptions
{
    /// <summary>The agent's registered name.</summary>
    public required string Agent { get; init; }

    /// <summary>The conversation's id: 1 to 256 characters, not starting with <c>session_</c>, no white space around it. Default: a random UUID.</summary>
    public string ChatId { get; init; } = Guid.NewGuid().ToString();

    /// <summary>The application's data, sent as JSON with the session's start and with every message. Null sends none.</summary>
    public object? ClientData { get; init; }

    /// <summary>Where an earlier process stopped reading. Null starts at the beginning of what the server keeps.</summary>
    public AgentChatSession? Session { get; init; }

    /// <summary>Told the run's id when the session was started, for links and telemetry. Not called with a restored <see cref="Session"/>.</summary>
    public Func<string, CancellationToken, Task>? OnTriggered { get; init; }

    /// <summary>
    /// Told the new <see cref="AgentChat.LastEventId"/> when a turn has been read to its end; save it here. An exception reaches the reader.
    /// </summary>
    public Func<string, CancellationToken, Task>? OnTurnComplete { get; init; }

    /// <summary>
    /// How long one reading window may be silent: 1 s to 600 s. Default 120 s. Reading goes on in a new window; the retry options bound how often.
    /// </summary>
    public TimeSpan StreamTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How the session's runs are made; null for the server's defaults.</summary>
    public TriggerConfig? TriggerConfig { get; init; }

    /// <summary>Whether cancelling the token given to a send also stops the turn. Default true; false only detaches.</summary>
    public bool StopOnCancel { get; init; } = true;

    /// <summary>
    /// Where a request goes; null, or a null answer, for the client's own. Only over HTTP; starting, closing and the transcript stay with the client's own.
    /// </summary>
    public Func<ChatRequest, Uri?>? BaseUrl { get; init; }

    /// <summary>
    /// The handler of a request: adds headers, rewrites, records. Only over HTTP. A <see cref="DelegatingHandler"/> without an inner one is put
    /// before the client's own. The chat does not dispose it. Null, or a null answer, for the client's own.
    /// </summary>
    public Func<ChatRequest, HttpMessageHandler?>? Handler { get; init; }

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Agent);
        ArgumentException.ThrowIfNullOrWhiteSpace(ChatId);
        if (ChatId != ChatId.Trim())
        {
            // A server trims the id of a session that it makes, and reads this one as it is.
            throw new ArgumentException("A chat id begins and ends with no white space.", nameof(ChatId));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(StreamTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(StreamTimeout, TailRequest.MaxSilence);
    }
}

/// <summary>What a chat with typed client data is made of.</summary>
/// <typeparam name="TClientData">The type the agent declares.</typeparam>
public sealed class AgentChatOptions<TClientData> : AgentChatOptions
{
    /// <inheritdoc cref="AgentChatOptions.ClientData"/>
    public new TClientData? ClientData
    {
        get => base.ClientData is TClientData data ? data : default;
        init => base.ClientData = value;
    }
}

/// <summary>All that a stateless host must store of a chat besides its id.</summary>
public sealed record AgentChatSession
{
    /// <summary>The last record that was handed on, as <see cref="AgentChat.LastEventId"/> gave it. Null: none.</summary>
    public string? LastEventId { get; init; }
}
