using System.Text.Json;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Stagent.Requests;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary>An answer to a request as clients send it.</summary>
internal sealed record RespondFields
{
    private const int MaxTextLength = 64 * 1024;

    public required string RequestId { get; init; }

    public required RequestAnswer Answer { get; init; }

    public bool AlwaysAllows { get; private init; }

    public string? Pattern { get; private init; }

    public string? ToolName { get; private init; }

    public JsonElement? ToolInput { get; private init; }

    public static RespondFields Read(BodyFields body)
    {
        string id = body.RequiredText("requestId", 1, 1000);
        string behavior = body.RequiredText("behavior", 1, 16);
        if (behavior is not ("allow" or "deny"))
        {
            throw body.Wrong("behavior", "must be allow or deny");
        }

        bool isAllowed = behavior == "allow";
        Text(body, "messageId", MaxTextLength);
        bool always = body.Any("alwaysAllow") switch
        {
            null or { ValueKind: JsonValueKind.Null or JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.True } => true,
            _ => throw body.Wrong("alwaysAllow", "must be true or false"),
        };
        return new RespondFields
        {
            RequestId = id,
            Answer = new RequestAnswer(isAllowed) { Message = Text(body, "message", MaxTextLength), UpdatedInput = Object(body, "updatedInput") },
            AlwaysAllows = always && isAllowed,
            Pattern = Text(body, "permissionPattern", PermissionRules.MaxLength),
            ToolName = Text(body, "toolName", PermissionRules.MaxLength),
            ToolInput = Object(body, "toolInput"),
        };
    }

    /// <summary>The rule to save; null for none.</summary>
    /// <param name="request">What was asked, if it is known.</param>
    public string? Rule(PendingRequest? request)
    {
        if (!AlwaysAllows || request is { IsQuestion: true })
        {
            return null;
        }

        string? rule = !string.IsNullOrEmpty(Pattern) ? Pattern
            : !string.IsNullOrEmpty(ToolName) ? PermissionPattern.Build(ToolName, ToolInput)
            : request is { State: RequestState.Open } ? PermissionPattern.Build(request.ToolName, request.Input)
            : null;
        return rule?.Length <= PermissionRules.MaxLength ? rule : null;
    }

    private static string? Text(BodyFields body, string name, int max) =>
        body.Any(name) is null or { ValueKind: JsonValueKind.Null } ? null : body.Text(name, 0, max);

    private static JsonElement? Object(BodyFields body, string name) => body.Any(name) is { ValueKind: JsonValueKind.Null } ? null : body.Object(name);
}
