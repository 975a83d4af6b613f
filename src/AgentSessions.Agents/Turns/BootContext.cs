using System.Security.Claims;
using System.Text.Json;

namespace AgentSessions.Agents;

/// <summary>A run that has just started, before any turn.</summary>
public class BootContext
{
    private protected readonly IRunRuntime Runtime;

    internal BootContext(IRunRuntime runtime, IOutputRuntime output)
    {
        Runtime = runtime;
        Output = new TurnOutput(output);
    }

    /// <summary>The registered name of the agent.</summary>
    public string AgentName => Runtime.AgentName;

    /// <summary>The version of the agent that runs, or null if it has none.</summary>
    public string? AgentVersion => Runtime.AgentVersion;

    /// <summary>The server-made id of the session, <c>session_…</c>.</summary>
    public string SessionId => Runtime.SessionId;

    /// <summary>The caller's id of the conversation; the session's id if the caller gave none.</summary>
    public string ChatId => Runtime.ChatId;

    /// <summary>The run, <c>run_…</c>.</summary>
    public string RunId => Runtime.RunId;

    /// <summary>The run before this one, on a continuation.</summary>
    public string? PreviousRunId => Runtime.PreviousRunId;

    /// <summary>Whether another run answered this session before.</summary>
    public bool IsContinuation => Runtime.IsContinuation;

    /// <summary>Whether the run was started before there was a message.</summary>
    public bool IsPreloaded => Runtime.IsPreloaded;

    /// <summary>The payload the run was started with: the session's base payload and what the server added.</summary>
    public JsonElement BootPayload => Runtime.BootPayload;

    /// <summary>The client data of the session's base payload, unvalidated; null if there was none.</summary>
    public JsonElement? Metadata =>
        BootPayload.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind != JsonValueKind.Null ? metadata : null;

    /// <summary>Who owns the session, as the server knows it; null if it does not. Never taken from client data.</summary>
    public ClaimsPrincipal? User => Runtime.User;

    /// <summary>The agent that called this one as a tool; null if none did.</summary>
    public ParentAgent? Parent => Runtime.Parent;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => Runtime.Services;

    /// <summary>Fires when the run is going away.</summary>
    public CancellationToken RunAborted => Runtime.RunAborted;

    /// <summary>Writes data parts before any turn, for a client that is watching already.</summary>
    public TurnOutput Output { get; }

    /// <summary>How long the run stays warm after a turn.</summary>
    public TimeSpan IdleTimeout
    {
        get => Runtime.IdleTimeout;
        set => Runtime.IdleTimeout = value;
    }

    /// <summary>How long the run stays parked after its idle time.</summary>
    public TimeSpan TurnTimeout
    {
        get => Runtime.TurnTimeout;
        set => Runtime.TurnTimeout = value;
    }
}

/// <summary>A run that has just started, with typed client data.</summary>
public sealed class BootContext<TClientData> : BootContext
{
    private readonly Lazy<TClientData> _clientData;

    internal BootContext(IRunRuntime runtime, IOutputRuntime output, Func<TClientData> clientData)
        : base(runtime, output) => _clientData = new Lazy<TClientData>(clientData);

    /// <summary>The client data of the session's base payload, deserialised and validated when it is asked for.</summary>
    /// <exception cref="ClientDataException">It is missing or invalid. Thrown out of the hook it fails the run.</exception>
    public TClientData ClientData => _clientData.Value;
}
