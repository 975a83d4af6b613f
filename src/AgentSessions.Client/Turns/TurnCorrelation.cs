using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>Decides which chunks on <c>out</c> belong to the turn that answers one message.</summary>
/// <remarks>
/// Nothing on a chunk names its turn; the boundary behind it does. While the next turn is known to be ours its chunks pass at once.
/// While it may be another's they are held until its boundary tells, and dropped if they were not ours.
/// </remarks>
internal sealed class TurnCorrelation
{
    private readonly List<(long Sequence, UIMessageChunk Chunk)> _held = [];
    private readonly long? _sequence;
    private readonly string? _messageId;
    private readonly SilentInputs _silent;
    private bool _passes;

    /// <param name="sequence">The message's sequence on <c>in</c>; null to take the next boundary, whosever it is.</param>
    /// <param name="messageId">The message's id, or null if the input has none.</param>
    /// <param name="place">What is known about the place that reading starts at.</param>
    /// <param name="silent">The chat's own records that cause no turn.</param>
    public TurnCorrelation(long? sequence, string? messageId, ChatPlace place, SilentInputs silent)
    {
        _sequence = sequence;
        _messageId = messageId;
        _silent = silent;

        // With nothing of others before it the message is answered first, wherever the stream was found.
        _passes = sequence is null || IsNext(floor: -1) || (place.IsAtRest && IsNext(place.Floor));
    }

    /// <summary>Whether chunks are being held.</summary>
    public bool IsHolding => !_passes;

    /// <summary>Takes a chunk; hands out what is known to be ours, in order.</summary>
    public IReadOnlyList<(long Sequence, UIMessageChunk Chunk)> Chunk(long sequence, UIMessageChunk chunk)
    {
        if (_passes)
        {
            return [(sequence, chunk)];
        }

        _held.Add((sequence, chunk));
        return TakesOurMessage(chunk) ? Release() : [];
    }

    /// <summary>Takes a boundary.</summary>
    /// <param name="floor">Its resume floor.</param>
    /// <param name="rest">What was held and is ours.</param>
    /// <returns>Whether it ends our turn.</returns>
    public bool Boundary(long? floor, out IReadOnlyList<(long Sequence, UIMessageChunk Chunk)> rest)
    {
        if (_sequence is null || floor is null || floor >= _sequence)
        {
            rest = Release();
            return true;
        }

        rest = [];
        _held.Clear();
        _passes = IsNext(floor);
        return false;
    }

    private bool IsNext(long? floor) => floor is null || _sequence is null || _silent.FillGap(floor.Value, _sequence.Value);

    private IReadOnlyList<(long, UIMessageChunk)> Release()
    {
        _passes = true;
        (long, UIMessageChunk)[] released = [.. _held];
        _held.Clear();
        return released;
    }

    /// <summary>Whether the running turn says that it has taken our message in.</summary>
    private bool TakesOurMessage(UIMessageChunk chunk) =>
        _messageId is not null && chunk is DataChunk data && DataPart.InjectedMessages(data.Name, data.Data).Contains(_messageId);
}
