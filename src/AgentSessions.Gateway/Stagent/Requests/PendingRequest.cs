using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Naming;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Stagent.Requests;

/// <summary>A tool call that waits for the user: a permission request or a question. Kept beside the session it belongs to.</summary>
internal sealed record PendingRequest
{
    public required string Id { get; init; }

    /// <summary>The system row that shows it.</summary>
    public required string RowId { get; init; }

    /// <summary>The user message whose turn asks; null when another API began it.</summary>
    public string? Turn { get; init; }

    /// <summary>The message that holds the call.</summary>
    public required string MessageId { get; init; }

    public required string CallId { get; init; }

    public required string ToolName { get; init; }

    public bool IsDynamic { get; init; }

    /// <summary>Null for a question.</summary>
    public string? ApprovalId { get; init; }

    public JsonElement? Input { get; init; }

    /// <summary>When it arose, Unix milliseconds.</summary>
    public long At { get; init; }

    /// <summary>When it is denied by itself, Unix milliseconds; null for never.</summary>
    public long? ExpiresAt { get; init; }

    public RequestState State { get; init; }

    /// <summary>What settled it; kept with the state, so that whoever finds the agent untold can tell it. Null while it is open.</summary>
    public RequestAnswer? Answer { get; init; }

    /// <summary>What a late answer made of the row; null for none.</summary>
    public bool? LateAnswer { get; init; }

    public bool IsQuestion => ApprovalId is null;

    /// <summary>The row's status.</summary>
    public string Status => State switch
    {
        RequestState.Open => "pending",
        RequestState.Allowed => "complete",
        _ => LateAnswer is true ? "complete" : "error",
    };

    /// <summary>The request that a call makes.</summary>
    public static PendingRequest Of(SessionKey session, string messageId, ToolPart call)
    {
        string id = StableId.Of(session.Environment, session.Key, messageId, call.ToolCallId, call.Approval?.Id ?? "");
        return new PendingRequest
        {
            Id = id,
            RowId = StableId.Of("row", id),
            MessageId = messageId,
            CallId = call.ToolCallId,
            ToolName = call.ToolName,
            IsDynamic = call.IsDynamic,
            ApprovalId = call.Approval?.Id,
            Input = call.Input,
            State = StateOf(call),
        };
    }

    /// <summary>The request as the conversation shows it: what another API answered is not open any more.</summary>
    public PendingRequest SeenIn(IEnumerable<UIMessage> messages) =>
        State == RequestState.Open
        && messages.FirstOrDefault(message => message.Id == MessageId)?.Tools.FirstOrDefault(call => call.ToolCallId == CallId) is { } call
            ? this with { State = StateOf(call) }
            : this;

    /// <summary>Whether a call asks the user, now or in the past.</summary>
    public static bool IsOf(ToolPart call) => call.Approval is not null || Questions(call.Input) is not null;

    /// <summary>Whether a call waits for the user, in an answer whose turn is over.</summary>
    public static bool IsOpen(ToolPart call) =>
        call.State is ToolPartState.ApprovalRequested || (call is { State: ToolPartState.InputAvailable, ProviderExecuted: not true, Approval: null });

    /// <summary>The questions as clients are asked them.</summary>
    public JsonArray ToQuestions() => Questions(Input) ?? [new JsonObject { ["question"] = ToolName, ["header"] = ToolName }];

    private static RequestState StateOf(ToolPart call) => call.State switch
    {
        ToolPartState.InputStreaming or ToolPartState.InputAvailable or ToolPartState.ApprovalRequested => RequestState.Open,
        ToolPartState.OutputDenied => RequestState.Denied,
        _ when call.Approval?.Approved is false => RequestState.Denied,
        ToolPartState.OutputError when call.Approval is null => RequestState.Denied,
        _ => RequestState.Allowed,
    };

    private static JsonArray? Questions(JsonElement? input)
    {
        if (input is not { ValueKind: JsonValueKind.Object } json || !json.TryGetProperty("questions", out JsonElement list)
            || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0
            || !list.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.Object
                && item.TryGetProperty("question", out JsonElement text) && text.ValueKind == JsonValueKind.String))
        {
            return null;
        }

        var questions = (JsonArray)JsonNode.Parse(list.GetRawText())!;
        foreach (JsonNode? question in questions)
        {
            question!["header"] ??= "Question";
        }

        return questions;
    }
}

/// <summary>What became of a request. Stored by name; add, never rename.</summary>
internal enum RequestState
{
    Open,
    Allowed,
    Denied,

    /// <summary>Nobody answered in time.</summary>
    Expired,

    /// <summary>Its turn ended first.</summary>
    Ended,
}
