using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>What the protocol's revisions do differently: how a call is cancelled, and how a change of the tools is learnt.</summary>
internal static class McpWire
{
    // From here on there is no session: changes come over a request that stays open, and over HTTP each call has a stream whose end cancels it.
    private const string WithoutSessions = "2026-07-28";

    // A busy machine may need a while, and nobody waits.
    private static readonly TimeSpan _longestTelling = TimeSpan.FromMinutes(2);

    /// <summary>Calls a tool; a cancellation reaches the server.</summary>
    public static async Task<CallToolResult> CallAsync(McpClient client, bool isHttp, string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        if (isHttp && IsWithoutSessions(client))
        {
            RequestOptions options = new() { JsonSerializerOptions = AIJsonUtilities.DefaultOptions };
            return await client.CallToolAsync(tool, arguments, options: options, cancellationToken: cancellationToken);
        }

        // The package tells nobody of a cancellation, so the call gets an id that we know.
        RequestId id = new(Guid.NewGuid().ToString("N"));
        CallToolRequestParams call = new() { Name = tool, Arguments = arguments.ToDictionary(entry => entry.Key, entry => JsonSerializer.SerializeToElement(entry.Value, AIJsonUtilities.DefaultOptions)) };
        try
        {
            return await client.SendRequestAsync<CallToolRequestParams, CallToolResult>(RequestMethods.ToolsCall, call, requestId: id, cancellationToken: cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Not waited for: a server that takes nothing in would hold up whoever gave up on it.
            _ = TellCancelledAsync(client, id);
            throw;
        }
    }

    /// <summary>Asks a server that speaks only when asked to say when its tools change; it says so in a notification. Returns when it stops listening.</summary>
    public static async Task ListenForChangesAsync(McpClient client)
    {
        if (!IsWithoutSessions(client) || client.ServerCapabilities?.Tools?.ListChanged != true)
        {
            return;
        }

        try
        {
            SubscriptionsListenRequestParams wanted = new() { Notifications = new SubscriptionsListenNotifications { ToolsListChanged = true } };
            await client.SendRequestAsync<SubscriptionsListenRequestParams, EmptyResult>(RequestMethods.SubscriptionsListen, wanted);
        }
        catch (Exception e) when (e is OperationCanceledException || e is McpProtocolException || McpBreaks.IsBreak(e))
        {
            // The list is fetched again from time to time in any case.
        }
    }

    private static bool IsWithoutSessions(McpClient client) => string.CompareOrdinal(client.NegotiatedProtocolVersion, WithoutSessions) >= 0;

    private static async Task TellCancelledAsync(McpClient client, RequestId id)
    {
        try
        {
            using CancellationTokenSource limit = new(_longestTelling);
            await client.SendNotificationAsync(NotificationMethods.CancelledNotification, new CancelledNotificationParams { RequestId = id }, cancellationToken: limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException || McpBreaks.IsBreak(e))
        {
            // A server that is gone has nothing to cancel.
        }
    }
}
