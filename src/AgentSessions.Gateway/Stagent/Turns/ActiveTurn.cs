using System.Text.Json;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>The one turn that this API has going in a conversation. While it is kept no other message is taken.</summary>
internal sealed record ActiveTurn
{
    public required string SessionKey { get; init; }

    public required string UserId { get; init; }

    public required TurnNote Note { get; init; }

    /// <summary>The message's place in <c>in</c>; -1 until it is there.</summary>
    public long Sequence { get; init; } = -1;

    /// <summary>Until when its follower answers for it, Unix milliseconds. After that another may take it over.</summary>
    public long LeaseUntil { get; init; }

    /// <summary>Whether its client has left: the next message need not wait for its end.</summary>
    public bool IsStopping { get; init; }

    public SessionKey KeyIn(string environment) => new(environment, SessionKey);

    public static ActiveTurn Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<ActiveTurn>(json.Span, JsonSerializerOptions.Web)!;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
}
