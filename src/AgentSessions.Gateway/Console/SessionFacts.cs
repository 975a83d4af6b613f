using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Native.Runs;
using AgentSessions.Gateway.Native.Sessions;

namespace AgentSessions.Gateway.Console;

/// <summary>What an operator sees of a session besides its records.</summary>
internal sealed record SessionFacts(SessionRow Row, RunRow? Run, StreamBounds In, StreamBounds Out)
{
    public static void Write(Utf8JsonWriter json, SessionFacts facts)
    {
        json.WriteStartObject();
        SessionJson.WriteFields(json, facts.Row);
        json.WriteString("heldBy"u8, facts.Row.HeldBy);
        WriteBounds(json, "in"u8, facts.In);
        WriteBounds(json, "out"u8, facts.Out);
        json.WritePropertyName("run"u8);
        if (facts.Run is { } run)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, run.Id);
            json.WriteNumber("number"u8, run.Number);
            json.WriteString("status"u8, RunJson.StatusName(run.Status));
            json.WriteBoolean("isFinal"u8, run.IsFinal);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteEndObject();
    }

    private static void WriteBounds(Utf8JsonWriter json, ReadOnlySpan<byte> name, StreamBounds bounds)
    {
        json.WriteStartObject(name);
        json.WriteNumber("oldest"u8, bounds.Oldest.Value);
        json.WriteNumber("tail"u8, bounds.Tail.Value);
        json.WriteEndObject();
    }
}
