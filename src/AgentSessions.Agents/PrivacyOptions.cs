using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>What of a conversation is kept and recorded.</summary>
public sealed class PrivacyOptions
{
    /// <summary>
    /// Changes a message before it is stored: in the engine's storage and in a store of the application's own. Live readers see the original, and so
    /// does the run until it ends; the next run starts from what was stored. Must keep the id, and answer the same for the same message.
    /// Records of the streams themselves are kept until they are trimmed, one turn later.
    /// </summary>
    public Func<UIMessage, UIMessage>? RedactStored { get; set; }

    /// <summary>
    /// Whether spans of turns and model calls hold the text of messages. Default null: as the host says (<c>AgentSessions:Telemetry:MessageText</c>,
    /// itself false), so that no text of users or models leaves the process with telemetry.
    /// </summary>
    public bool? RecordText { get; set; }

    /// <summary>Changes a text before a span holds it, ahead of the host's own redaction; only asked where text is recorded.</summary>
    public Func<string, string>? RedactRecorded { get; set; }
}
