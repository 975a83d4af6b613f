using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Which other processes follow which streams, and the way to each.</summary>
internal sealed partial class StreamFollowers(TimeProvider time, ILogger<StreamFollowers> logger)
{
    /// <summary>A process that lives says something every few seconds.</summary>
    private static readonly TimeSpan _longestSilence = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedFollower> _known = [];
    private readonly ConcurrentDictionary<StreamId, ImmutableArray<PushLink>> _links = new();

    /// <summary>Takes a process's news; false if they do not follow on the last.</summary>
    public bool Take(IStreamFollower follower, FollowNews news)
    {
        lock (_gate)
        {
            ForgetSilent();
            LinkedFollower? known = _known.GetValueOrDefault(news.Follower);
            if (news.Number == 0)
            {
                Forget(known);
                PushLink link = null!;
                link = new PushLink(follower.ReceiveAsync, exception => Drop(news.Follower, link, exception), time)
                {
                    HearsInterruptions = news.HearsInterruptions,
                };
                _known[news.Follower] = known = new LinkedFollower(link);
            }
            else if (known is null || known.Last != news.Number - 1)
            {
                return false;
            }

            known.Last = news.Number;
            known.Heard = time.GetTimestamp();
            foreach (StreamName removed in news.Removed)
            {
                Remove(known, removed.ToStream());
            }

            foreach (StreamName added in news.Added)
            {
                Add(known, added.ToStream());
            }

            return true;
        }
    }

    /// <summary>Pushes to whoever follows. Never waits and never fails.</summary>
    public void Tell(StreamId stream, StreamEvent item)
    {
        if (_links.TryGetValue(stream, out ImmutableArray<PushLink> links))
        {
            var push = new StreamPush { Stream = StreamName.Of(stream), Event = item };
            foreach (PushLink link in links)
            {
                if (link.HearsInterruptions || !item.IsInterruption)
                {
                    link.Add(push);
                }
            }
        }
    }

    /// <summary>Whether anybody follows.</summary>
    public bool HasAny(StreamId stream) => _links.ContainsKey(stream);

    /// <summary>Gives a process up that cannot be reached. If it lives, it says everything anew with its next news.</summary>
    private void Drop(string follower, PushLink link, Exception exception)
    {
        LogUnreachable(exception);
        lock (_gate)
        {
            if (_known.TryGetValue(follower, out LinkedFollower? known) && known.Link == link)
            {
                Forget(known);
                _known.Remove(follower);
            }
        }
    }

    /// <summary>Gives up processes that ended without anything being pushed to them since.</summary>
    private void ForgetSilent()
    {
        foreach ((string follower, LinkedFollower known) in _known)
        {
            if (time.GetElapsedTime(known.Heard) > _longestSilence)
            {
                Forget(known);
                _known.Remove(follower);
            }
        }
    }

    private void Forget(LinkedFollower? known)
    {
        foreach (StreamId stream in known?.Streams ?? [])
        {
            RemoveLink(stream, known!.Link);
        }
    }

    private void Add(LinkedFollower known, StreamId stream)
    {
        if (known.Streams.Add(stream))
        {
            _links.AddOrUpdate(stream, static (_, link) => [link], static (_, links, link) => links.Add(link), known.Link);
        }
    }

    private void Remove(LinkedFollower known, StreamId stream)
    {
        if (known.Streams.Remove(stream))
        {
            RemoveLink(stream, known.Link);
        }
    }

    private void RemoveLink(StreamId stream, PushLink link)
    {
        if (_links.TryGetValue(stream, out ImmutableArray<PushLink> links))
        {
            links = links.Remove(link);
            if (links.IsEmpty)
            {
                _links.TryRemove(stream, out _);
            }
            else
            {
                _links[stream] = links;
            }
        }
    }

    private sealed class LinkedFollower(PushLink link)
    {
        public PushLink Link => link;

        public HashSet<StreamId> Streams { get; } = [];

        public long Last { get; set; }

        public long Heard { get; set; }
    }

    [LoggerMessage(3150, LogLevel.Debug, "A process that follows streams cannot be reached; its readers look at the store.")]
    private partial void LogUnreachable(Exception exception);
}
