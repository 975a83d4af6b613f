using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>A session's row in an archive, in the names of the wire.</summary>
internal sealed record ArchivedSession(string Id, string Type, string TaskIdentifier, JsonElement TriggerConfig, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    private const int MaxIdLength = 256;

    public string? ExternalId { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public JsonElement? Metadata { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public string? ClosedReason { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? CurrentRunId { get; init; }

    public long RunVersion { get; init; }

    public static ArchivedSession Of(SessionRow row) =>
        new(row.Id, row.Type, row.Agent, JsonElement.Parse(row.TriggerConfig), row.CreatedAt, row.UpdatedAt)
        {
            ExternalId = row.ExternalId,
            Tags = row.Tags,
            Metadata = row.Metadata is null ? null : JsonElement.Parse(row.Metadata),
            ClosedAt = row.ClosedAt,
            ClosedReason = row.ClosedReason,
            ExpiresAt = row.ExpiresAt,
            CurrentRunId = row.CurrentRunId,
            RunVersion = row.RunVersion,
        };

    /// <summary>The row in an environment, with no run alive.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: it breaks a rule that every session keeps.</exception>
    public SessionRow ToRow(string environment)
    {
        bool isSound = IsText(Id, MaxIdLength) && Id.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)
            && (ExternalId is null || (IsText(ExternalId, MaxIdLength) && !ExternalId.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)))
            && IsText(Type, 64) && IsText(TaskIdentifier, 128) && RunVersion >= 0
            && Tags.Count <= 10 && Tags.All(static tag => tag.Length <= 128 && !tag.Contains('\0'))
            && TriggerConfig.ValueKind == JsonValueKind.Object
            && Metadata is null or { ValueKind: JsonValueKind.Object or JsonValueKind.Null };
        if (!isSound)
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, "The archive's session is malformed");
        }

        return new SessionRow
        {
            Key = new SessionKey(environment, ExternalId ?? Id),
            Id = Id,
            ExternalId = ExternalId,
            Type = Type,
            Agent = TaskIdentifier,
            TriggerConfig = TriggerConfig.GetRawText(),
            Tags = Tags,
            Metadata = Metadata is { ValueKind: JsonValueKind.Object } metadata ? metadata.GetRawText() : null,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            ClosedAt = ClosedAt,
            ClosedReason = ClosedReason,
            ExpiresAt = ExpiresAt,
            CurrentRunId = CurrentRunId,
            RunVersion = RunVersion,
        };
    }

    private static bool IsText(string text, int maxLength) => text.Length > 0 && text.Length <= maxLength && !text.Contains('\0');
}
