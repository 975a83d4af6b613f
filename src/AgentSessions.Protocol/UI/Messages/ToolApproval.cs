using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>The question whether a tool call may run, with its answer once there is one.</summary>
/// <param name="Id">The approval id, unique in its message.</param>
public sealed record ToolApproval(string Id)
{
    /// <summary>Null until the user has answered.</summary>
    public bool? Approved { get; init; }

    /// <summary>The user's own words for the answer.</summary>
    public string? Reason { get; init; }

    public JsonElement? Descriptor { get; init; }

    public JsonElement? InputSchemaInput { get; init; }

    public string? Signature { get; init; }

    /// <summary>Fields this version does not know; null if there are none.</summary>
    public ExtraFields? Extra { get; init; }

    internal static ToolApproval? Read(JsonElement? value)
    {
        if (value is not { ValueKind: not JsonValueKind.Null } present)
        {
            return null;
        }

        var fields = new JsonFields(present);
        return new ToolApproval(fields.Required("id"))
        {
            Approved = fields.Bool("approved"),
            Reason = fields.String("reason"),
            Descriptor = fields.Json("descriptor"),
            InputSchemaInput = fields.Json("inputSchemaInput"),
            Signature = fields.String("signature"),
            Extra = fields.Rest(),
        };
    }

    internal void WriteTo(ref JsonObjectWriter part)
    {
        var json = part.Object("approval"u8);
        json.String("id"u8, Id);
        json.Bool("approved"u8, Approved);
        json.String("reason"u8, Reason);
        json.Json("descriptor"u8, Descriptor);
        json.Json("inputSchemaInput"u8, InputSchemaInput);
        json.String("signature"u8, Signature);
        json.Extra(Extra);
        json.End();
    }
}
