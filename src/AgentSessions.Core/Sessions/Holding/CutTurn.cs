using System.Text.Json;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Holding;

/// <summary>What a run that was cut off left on <c>out</c> behind the last boundary.</summary>
/// <param name="newest">The newest messages of the transcript; one of them may be gone on with.</param>
internal sealed class CutTurn(IEnumerable<UIMessage> newest)
{
    private readonly OutReplay _replay = new(newest);
    private OutReplayResult? _result;

    /// <summary>Whether anything was said that no boundary follows.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether readers were told that the session is closed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The message as far as it was written; null if it had not begun.</summary>
    public UIMessage? Partial => (_result ??= _replay.Complete()).Partial ?? (_result.Settled is [.., { } last] ? last.Message : null);

    public void Add(StreamRecord record)
    {
        if (record.Control == ControlHeaders.TurnComplete)
        {
            IsOpen = false;
            return;
        }

        IsClosed |= record.Control == ControlHeaders.SessionClosed;
        if (record.Headers.Count > 0)
        {
            return;
        }

        try
        {
            _replay.Add(JsonElement.Parse(record.Body).GetProperty("data"u8).Deserialize<UIMessageChunk>(UIJson.Options)!);
            IsOpen = true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The direct-write sink takes any text; what is no chunk opens nothing.
        }
    }
}
