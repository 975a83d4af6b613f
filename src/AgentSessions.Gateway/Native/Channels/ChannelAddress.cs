using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>Which stream a channel route is about, as far as the path tells.</summary>
/// <param name="SessionId">Either id of the session, decoded.</param>
/// <param name="Channel">The side channel's name, or the empty string.</param>
/// <param name="Direction">Which of the pair.</param>
internal sealed record ChannelAddress(string SessionId, string Channel, StreamDirection Direction)
{
    private const int MaxNameLength = 128;

    /// <summary>Reads a request's path.</summary>
    /// <exception cref="RequestRefusedException">400: the side channel's name has a wrong form.</exception>
    public static ChannelAddress Of(HttpContext context, ChannelRoute route)
    {
        string channel = route.IsSideChannel ? PathSegment.Get(context, ChannelRoute.Channel) : "";
        if (route.IsSideChannel && !IsName(channel))
        {
            throw Refuse.BadRequest($"A channel's name has 1 to {MaxNameLength} letters, digits, '.', '_' or '-'", "channel");
        }

        return new ChannelAddress(PathSegment.Get(context, ChannelRoute.Session), channel, route.Direction);
    }

    /// <summary>What may stand behind the session's id in a scope that is narrowed to this channel.</summary>
    public IReadOnlyList<string> ScopeSuffixes => Channel.Length == 0
        ? []
        : [SessionAccess.ChannelMark + Channel, $"{SessionAccess.ChannelMark}{Channel}:{(Direction == StreamDirection.In ? "in" : "out")}"];

    /// <summary>The stream, once the session is known.</summary>
    public StreamId In(SessionKey session) => new(session, Channel, Direction);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
}

/// <summary>The part of a channel's path that routing has matched.</summary>
/// <param name="Direction">Which of the pair.</param>
/// <param name="IsSideChannel">Whether the path names a side channel.</param>
internal sealed record ChannelRoute(StreamDirection Direction, bool IsSideChannel)
{
    public const string Session = "session";
    public const string Channel = "channel";

    /// <summary>All four forms.</summary>
    public static readonly IReadOnlyList<ChannelRoute> All =
    [
        new(StreamDirection.In, false), new(StreamDirection.Out, false), new(StreamDirection.In, true), new(StreamDirection.Out, true),
    ];

    /// <summary>The route's pattern.</summary>
    public string Pattern => $"/realtime/v1/sessions/{{{Session}}}{(IsSideChannel ? $"/channels/{{{Channel}}}" : "")}/{(Direction == StreamDirection.In ? "in" : "out")}";
}
