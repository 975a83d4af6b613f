using System.Text.Json;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Stagent.Entities;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary>A message as clients send it.</summary>
/// <param name="Content">Exactly as it was typed; never blank.</param>
/// <param name="Mentions">What it mentions.</param>
internal sealed record SendFields(string Content, IReadOnlyList<EntityReference> Mentions)
{
    private const int MaxMentions = 100;
    private const int MaxFieldLength = 1000;

    public static SendFields Read(BodyFields body)
    {
        string content = body.RequiredText("content", 1, int.MaxValue);
        if (string.IsNullOrWhiteSpace(content))
        {
            throw body.Wrong("content", "must not be blank");
        }

        if (body.Any("mentions") is not { ValueKind: not JsonValueKind.Null } list)
        {
            return new SendFields(content, []);
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxMentions
            || list.EnumerateArray().Any(static mention => mention.ValueKind != JsonValueKind.Object))
        {
            throw body.Wrong("mentions", $"must be a list of at most {MaxMentions} objects");
        }

        return new SendFields(content, [.. list.EnumerateArray().Select(static mention =>
        {
            var fields = new BodyFields(mention, "mentions.");
            fields.RequiredText("label", 0, MaxFieldLength);
            return new EntityReference(fields.RequiredText("entityType", 0, MaxFieldLength), fields.RequiredText("entityId", 0, MaxFieldLength));
        })]);
    }
}
