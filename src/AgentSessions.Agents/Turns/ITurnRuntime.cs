using System.Security.Claims;
using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

/// <summary>What the runtime gives to every context of a run.</summary>
internal interface IRunRuntime
{
    string AgentName { get; }

    string? AgentVersion { get; }

    string SessionId { get; }

    string ChatId { get; }

    string RunId { get; }

    string? PreviousRunId { get; }

    bool IsContinuation { get; }

    bool IsPreloaded { get; }

    JsonElement BootPayload { get; }

    ClaimsPrincipal? User { get; }

    ParentAgent? Parent { get; }

    TimeProvider Time { get; }

    IServiceProvider Services { get; }

    CancellationToken RunAborted { get; }

    TimeSpan IdleTimeout { get; set; }

    TimeSpan TurnTimeout { get; set; }

    void EndRun();

    void CloseSession(string? reason);

    void RequestUpgrade(string? version);

    void Inject(IEnumerable<ChatMessage> messages);

    void Defer(Func<CancellationToken, Task> work);
}

/// <summary>What the runtime gives to the contexts of one turn.</summary>
internal interface ITurnRuntime : IRunRuntime
{
    int Turn { get; }

    TurnTrigger Trigger { get; }

    JsonElement? Metadata { get; }

    bool IsWebhook { get; }

    UIMessage? Message { get; }

    UIMessage? Continued { get; }

    IList<ChatMessage> Messages { get; }

    IReadOnlyList<UIMessage> UIMessages { get; }

    IHistoryRuntime History { get; }

    IOutputRuntime Output { get; }

    CancellationToken StopRequested { get; }

    bool IsStopped { get; }

    UsageDetails PreviousTurnUsage { get; }

    UsageDetails TotalUsage { get; }

    void DeferBeforeOutput(Func<CancellationToken, Task> work);

    ValueTask<IReadOnlyList<UIMessage>> TakePendingMessagesAsync(CancellationToken cancellationToken);

    Task<UIMessage> RespondAsync(IChatClient client, ChatOptions? options, CancellationToken cancellationToken);

    Task<UIMessage> StreamAsync(IAsyncEnumerable<ChatResponseUpdate> updates, CancellationToken cancellationToken);
}

/// <summary>Reads and edits a conversation. Edits show at once in reads and take effect after the hook.</summary>
internal interface IHistoryRuntime
{
    IReadOnlyList<UIMessage> All { get; }

    void Set(IEnumerable<UIMessage> messages);
}
