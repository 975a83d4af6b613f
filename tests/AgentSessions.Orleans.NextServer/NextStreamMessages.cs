using AgentSessions.Orleans.Streams;
using AgentSessions.Orleans.Streams.Direct;

namespace AgentSessions.Orleans.NextServer;

/// <summary>A <see cref="StreamPush"/> with a member more, and another one in its event.</summary>
[GenerateSerializer]
internal struct NextStreamPush
{
    [Id(0)]
    public StreamName Stream;

    [Id(1)]
    public NextStreamEvent Event;

    [Id(2)]
    public string? Added;
}

/// <summary>Puts pushes into the form of the next version, and reads them from either.</summary>
[RegisterConverter]
internal sealed class NextStreamPushConverter : IConverter<StreamPush, NextStreamPush>
{
    public StreamPush ConvertFromSurrogate(in NextStreamPush surrogate)
    {
        MessageCounts.Read(typeof(StreamPush));
        if (surrogate.Added is not null)
        {
            MessageCounts.FromNext(typeof(StreamPush), surrogate.Event.Added == surrogate.Added);
        }

        NextStreamEvent item = surrogate.Event;
        return new StreamPush
        {
            Stream = surrogate.Stream,
            Event = new StreamEvent { First = item.First, Count = item.Count, Timestamp = item.Timestamp, Records = item.Records },
        };
    }

    public NextStreamPush ConvertToSurrogate(in StreamPush value) => new()
    {
        Stream = value.Stream,
        Event = new NextStreamEvent
        {
            First = value.Event.First,
            Count = value.Event.Count,
            Timestamp = value.Event.Timestamp,
            Records = value.Event.Records,
            Added = "next",
        },
        Added = "next",
    };
}
