using System.Text.Json;
using AgentSessions.Gateway.Bodies;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary>Checks the trigger configuration, which is kept as it came: what official clients would not read back is refused.</summary>
internal static class TriggerConfig
{
    private const int MaxTextLength = 256;

    private static readonly string[] _machines = ["micro", "small-1x", "small-2x", "medium-1x", "medium-2x", "large-1x", "large-2x"];

    public static void Check(JsonElement config)
    {
        var fields = new BodyFields(config, "triggerConfig.");
        fields.RequiredObject("basePayload");
        fields.Texts("tags", maxCount: 10, maxLength: 128);
        fields.Whole("maxAttempts", 1, 10);
        fields.Whole("idleTimeoutInSeconds", 1, 3600);
        fields.Whole("maxDuration", 1, long.MaxValue);
        fields.Text("queue", 0, 128);
        fields.Text("lockToVersion", 0, MaxTextLength);
        fields.Text("region", 0, MaxTextLength);
        CheckMachine(fields);
        CheckConcurrency(fields);
        if (fields.Any("externalDeploymentId") is not { ValueKind: JsonValueKind.Null })
        {
            fields.Text("externalDeploymentId", 0, MaxTextLength);
        }

        if (fields.Any("ttl") is { ValueKind: JsonValueKind.Number })
        {
            fields.Whole("ttl", 0, long.MaxValue);
        }
        else
        {
            fields.Text("ttl", 0, MaxTextLength);
        }
    }

    private static void CheckMachine(BodyFields fields)
    {
        if (fields.Text("machine", 1, MaxTextLength) is { } machine && !_machines.Contains(machine))
        {
            throw fields.Wrong("machine", $"must be one of {string.Join(", ", _machines)}");
        }
    }

    private static void CheckConcurrency(BodyFields fields)
    {
        const int MaxNameLength = 122;
        if (fields.Texts("concurrency", maxCount: 2, MaxNameLength) is { } names && !names.TrueForAll(IsName))
        {
            throw fields.Wrong("concurrency", "must hold names of letters, digits, '_' and '-'");
        }

        if (fields.Any("concurrencyKey") is not { ValueKind: JsonValueKind.Number })
        {
            fields.Text("concurrencyKey", 0, MaxTextLength);
        }
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');
}
