using System.Text.Json;
using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Native.Wire;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console;

/// <summary><c>GET …/overview?node=</c>: the nodes, the agents, and the turns of the last hour, of one node or of all together.</summary>
internal sealed class Overview(IEnumerable<INodeDirectory> directories, IAgentCatalog agents, StorageQuota quota, Authenticator authenticator, TimeProvider time)
{
    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        var nodes = new List<NodeInfo>();
        foreach (INodeDirectory directory in directories)
        {
            nodes.AddRange(await directory.ListAsync(context.RequestAborted));
        }

        string? wanted = context.Request.Query["node"];
        if (!string.IsNullOrEmpty(wanted) && !nodes.Exists(node => node.Name == wanted))
        {
            throw Refuse.NotFound("Node not found");
        }

        IEnumerable<TurnMinute> told = nodes.Where(node => string.IsNullOrEmpty(wanted) || node.Name == wanted).SelectMany(static node => node.LastHour ?? []);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (nodes, TurnMinute.LastHour(told, time.GetUtcNow()), await quota.ReadAsync(caller.Environment, context.RequestAborted)), Write);
    }

    private void Write(Utf8JsonWriter json, (List<NodeInfo> Nodes, IReadOnlyList<TurnMinute> Minutes, (long Bytes, long Limit)? Stored) overview)
    {
        json.WriteStartObject();
        json.WriteTexts("agents"u8, [.. agents.Names]);
        json.WriteStartArray("nodes"u8);
        foreach (NodeInfo node in overview.Nodes)
        {
            Write(json, node);
        }

        json.WriteEndArray();
        if (overview.Stored is { } stored)
        {
            json.WriteStartObject("stored"u8);
            json.WriteNumber("bytes"u8, stored.Bytes);
            json.WriteNumber("limit"u8, stored.Limit);
            json.WriteEndObject();
        }

        json.WriteStartArray("turns"u8);
        foreach (TurnMinute minute in overview.Minutes)
        {
            Write(json, minute);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, NodeInfo node)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, node.Name);
        json.WriteBoolean("isThis"u8, node.IsThis);
        json.WriteString("state"u8, node.State);
        WriteOptional(json, "sessions"u8, node.Sessions);
        WriteOptional(json, "runs"u8, node.Runs);
        WriteOptional(json, "turns"u8, node.Turns);
        WriteOptional(json, "memoryBytes"u8, node.MemoryBytes);
        WriteOptional(json, "uptimeSeconds"u8, node.UptimeSeconds);
        if (node.LastHour is { } minutes)
        {
            json.WritePropertyName("lastHour"u8);
            Write(json, TurnMinute.Sum(0, minutes), withTime: false);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TurnMinute minute, bool withTime = true)
    {
        json.WriteStartObject();
        if (withTime)
        {
            json.WriteNumber("at"u8, minute.Minute * 60_000);
        }

        json.WriteNumber("ended"u8, minute.Ended);
        json.WriteNumber("failed"u8, minute.Failed);
        WriteMilliseconds(json, "p50"u8, minute.Durations.Quantile(0.5));
        WriteMilliseconds(json, "p95"u8, minute.Durations.Quantile(0.95));
        WriteMilliseconds(json, "firstChunkP50"u8, minute.FirstChunks.Quantile(0.5));
        WriteMilliseconds(json, "firstChunkP95"u8, minute.FirstChunks.Quantile(0.95));
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
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
