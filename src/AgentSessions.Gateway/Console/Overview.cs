using System.Diagnostics;
using System.Text.Json;
using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Native.Wire;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console;

/// <summary><c>GET …/overview</c>: the nodes, the agents, and the turns of the last hour on this node.</summary>
internal sealed class Overview(IEnumerable<INodeDirectory> directories, IAgentCatalog agents, TurnStatistics turns, Authenticator authenticator, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();

    public async Task GetAsync(HttpContext context)
    {
        authenticator.RequireOperator(context);
        var nodes = new List<NodeInfo>();
        foreach (INodeDirectory directory in directories)
        {
            nodes.AddRange(await directory.ListAsync(context.RequestAborted));
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, nodes, Write);
    }

    private void Write(Utf8JsonWriter json, List<NodeInfo> nodes)
    {
        json.WriteStartObject();
        json.WriteTexts("agents"u8, [.. agents.Names]);
        json.WriteStartArray("nodes"u8);
        foreach (NodeInfo node in nodes)
        {
            WriteNode(json, node);
        }

        json.WriteEndArray();
        json.WriteStartArray("turns"u8);
        foreach (TurnMinute minute in turns.LastHour())
        {
            json.WriteStartObject();
            json.WriteNumber("at"u8, minute.At.ToUnixTimeMilliseconds());
            json.WriteNumber("ended"u8, minute.Ended);
            json.WriteNumber("failed"u8, minute.Failed);
            WriteMilliseconds(json, "p50"u8, TurnMinute.Quantile(minute.Seconds, 0.5));
            WriteMilliseconds(json, "p95"u8, TurnMinute.Quantile(minute.Seconds, 0.95));
            WriteMilliseconds(json, "firstChunkP50"u8, TurnMinute.Quantile(minute.FirstChunks, 0.5));
            WriteMilliseconds(json, "firstChunkP95"u8, TurnMinute.Quantile(minute.FirstChunks, 0.95));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteNode(Utf8JsonWriter json, NodeInfo node)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, node.Name);
        json.WriteBoolean("isThis"u8, node.IsThis);
        json.WriteString("state"u8, node.State);
        WriteOptional(json, "sessions"u8, node.Sessions);
        WriteOptional(json, "runs"u8, node.Runs);
        WriteOptional(json, "turns"u8, node.Turns);
        if (node.IsThis)
        {
            using var process = Process.GetCurrentProcess();
            json.WriteNumber("memoryBytes"u8, process.WorkingSet64);
            json.WriteNumber("uptimeSeconds"u8, Math.Round(time.GetElapsedTime(_startedAt).TotalSeconds));
        }

        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? seconds)
    {
        if (seconds is { } known)
        {
            json.WriteNumber(name, Math.Round(known * 1000, 1));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
