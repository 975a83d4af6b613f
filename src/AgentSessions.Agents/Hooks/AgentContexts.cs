using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace AgentSessions.Agents;

/// <summary>Makes the contexts an agent's hooks take, for agents without typed client data.</summary>
internal class AgentContexts
{
    public static readonly AgentContexts Untyped = new();

    /// <summary>Deserialises and validates client data once a turn; the result goes to the factories here.</summary>
    /// <exception cref="ClientDataException">It is missing or invalid.</exception>
    public virtual object? ParseClientData(JsonElement? metadata, JsonSerializerOptions json) => null;

    public virtual BootContext Boot(IRunRuntime runtime, IOutputRuntime output, JsonElement? metadata, JsonSerializerOptions json) => new(runtime, output);

    public virtual RecoveryContext Recovery(
        IRunRuntime runtime, RecoveryFacts facts, IOutputRuntime output, JsonElement? metadata, JsonSerializerOptions json) => new(runtime, facts, output);

    public virtual TurnContext Turn(ITurnRuntime runtime, object? clientData) => new(runtime);

    public virtual TurnCompleted Completed(ITurnRuntime runtime, TurnResult result, object? clientData) => new(runtime, result);

    public virtual ActionContext Action(ITurnRuntime runtime, JsonElement action, JsonSerializerOptions json, object? clientData) => new(runtime, action, json);
}

/// <summary>Makes contexts with client data of one type.</summary>
internal sealed class AgentContexts<TClientData> : AgentContexts
{
    public static readonly AgentContexts<TClientData> Typed = new();

    public override object? ParseClientData(JsonElement? metadata, JsonSerializerOptions json) => Parse(metadata, json);

    public override BootContext Boot(IRunRuntime runtime, IOutputRuntime output, JsonElement? metadata, JsonSerializerOptions json) =>
        new BootContext<TClientData>(runtime, output, () => Parse(metadata, json));

    public override RecoveryContext Recovery(
        IRunRuntime runtime, RecoveryFacts facts, IOutputRuntime output, JsonElement? metadata, JsonSerializerOptions json) =>
        new RecoveryContext<TClientData>(runtime, facts, output, () => Parse(metadata, json));

    public override TurnContext Turn(ITurnRuntime runtime, object? clientData) => new TurnContext<TClientData>(runtime, (TClientData)clientData!);

    public override TurnCompleted Completed(ITurnRuntime runtime, TurnResult result, object? clientData) =>
        new TurnCompleted<TClientData>(runtime, result, (TClientData?)clientData);

    public override ActionContext Action(ITurnRuntime runtime, JsonElement action, JsonSerializerOptions json, object? clientData) =>
        new ActionContext<TClientData>(runtime, action, json, (TClientData)clientData!);

    private static TClientData Parse(JsonElement? metadata, JsonSerializerOptions json)
    {
        TClientData? data;
        try
        {
            data = metadata is { ValueKind: not JsonValueKind.Null } present ? present.Deserialize<TClientData>(json) : default;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new ClientDataException("Invalid client data", exception);
        }

        if (data is null)
        {
            throw new ClientDataException("Invalid client data", new ValidationException("The message brings none."));
        }

        ClientDataRules.Check(data);
        return data;
    }
}
