using System.Text.Json;
using AgentSessions.Gateway.Bodies;

namespace AgentSessions.Gateway.Stagent.Conversations;

/// <summary>The fields that clients set. Reading checks them all, so a wrong one leaves everything as it was.</summary>
internal readonly record struct ConversationFields
{
    private const int MaxTitleLength = 1000;
    private const int MaxIdLength = 256;

    /// <summary>Whether the title was sent, null included.</summary>
    public bool SetsTitle { get; private init; }

    public string? Title { get; private init; }

    public bool SetsModel { get; private init; }

    public string? ModelId { get; private init; }

    public string? ProjectId { get; private init; }

    public string? RuntimeId { get; private init; }

    public string? Status { get; private init; }

    public static ConversationFields Read(BodyFields body, bool isNew)
    {
        string? runtime = NullableText(body, "runtimeId", 64);
        if (isNew ? !ConversationSettings.IsRuntime(runtime) : body.Any("runtimeId") is not null && !ConversationSettings.IsRuntime(runtime))
        {
            throw body.Wrong("runtimeId", $"must be {ConversationSettings.ClaudeCode} or {ConversationSettings.Codex}");
        }

        string? status = isNew ? null : NullableText(body, "status", 64);
        if (!isNew && body.Any("status") is not null && !ConversationSettings.IsStatus(status))
        {
            throw body.Wrong("status", $"must be {ConversationSettings.Active} or {ConversationSettings.Archived}");
        }

        return new ConversationFields
        {
            SetsTitle = body.Any("title") is not null,
            Title = NullableText(body, "title", MaxTitleLength),
            SetsModel = body.Any("modelId") is not null,
            ModelId = NullableText(body, "modelId", MaxIdLength),
            ProjectId = isNew ? NullableText(body, "projectId", MaxIdLength) : null,
            RuntimeId = runtime,
            Status = status,
        };
    }

    /// <summary>The settings with what was sent.</summary>
    public ConversationSettings Apply(ConversationSettings settings) => settings with
    {
        RuntimeId = RuntimeId ?? settings.RuntimeId,
        ModelId = SetsModel ? ModelId : settings.ModelId,
        Status = Status ?? settings.Status,
    };

    private static string? NullableText(BodyFields body, string name, int max) =>
        body.Any(name) is null or { ValueKind: JsonValueKind.Null } ? null : body.Text(name, 0, max);
}
