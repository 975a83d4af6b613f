using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Keeps conversations somewhere else than the engine does by default (lifecycle document, section 14).</summary>
/// <remarks>
/// <para>A save is a list of changes in order. It may be repeated, alone or joined with the next one, so applying changes twice must end in the
/// same. Saves of one conversation come one at a time.</para>
/// <para>A load that throws is logged and the run goes on with what the streams still hold; a save that throws is tried again with the next.</para>
/// </remarks>
public interface ITranscriptStore
{
    /// <summary>Reads a conversation, or null if it was never saved.</summary>
    ValueTask<StoredConversation?> LoadAsync(TranscriptScope scope, CancellationToken cancellationToken);

    /// <summary>Applies changes. All or none.</summary>
    ValueTask SaveAsync(TranscriptScope scope, TranscriptChangeset changes, CancellationToken cancellationToken);
}

/// <summary>Which conversation, and whose.</summary>
/// <param name="ChatId">The caller's id of the conversation.</param>
/// <param name="SessionId">The server-made id of the session.</param>
/// <param name="AgentName">The agent.</param>
/// <param name="UserId">Who owns the session, as the server knows it; or null.</param>
/// <param name="Metadata">The client data of the session's base payload, unvalidated; or null.</param>
public sealed record TranscriptScope(string ChatId, string SessionId, string AgentName, string? UserId, JsonElement? Metadata);

/// <summary>A conversation as it was saved.</summary>
/// <param name="Messages">Oldest first, in the order they were first put.</param>
/// <param name="State">The runtime's own state, or null.</param>
/// <param name="LastOutEventId">The newest value saved; null if none was.</param>
/// <param name="LastInEventId">The newest value saved; null if none was.</param>
public sealed record StoredConversation(
    IReadOnlyList<StoredConversationMessage> Messages, JsonElement? State, long? LastOutEventId, long? LastInEventId);

/// <summary>A message as it was saved.</summary>
/// <param name="Message">The message.</param>
/// <param name="Final">False for an answer that was stopped or failed.</param>
public sealed record StoredConversationMessage(UIMessage Message, bool Final);

/// <summary>Why a conversation is saved.</summary>
public enum TranscriptSaveReason
{
    /// <summary>A turn begins; its question is saved before anything of the answer is seen.</summary>
    TurnStart,

    /// <summary>A turn is complete.</summary>
    TurnComplete,

    /// <summary>A turn has failed.</summary>
    TurnError,

    /// <summary>An action has edited the conversation.</summary>
    Action,
}

/// <summary>What to change.</summary>
public sealed record TranscriptChangeset
{
    /// <summary>Why.</summary>
    public required TranscriptSaveReason Reason { get; init; }

    /// <summary>The changes, to be applied in order.</summary>
    public required IReadOnlyList<TranscriptChange> Changes { get; init; }

    /// <summary>The whole conversation as it is after the changes, for stores that keep it as one value.</summary>
    public required IReadOnlyList<UIMessage> Messages { get; init; }

    /// <summary>The sequence on <c>out</c> that is covered; null keeps the stored one.</summary>
    public long? LastOutEventId { get; init; }

    /// <summary>The sequence on <c>in</c> that is covered; null keeps the stored one.</summary>
    public long? LastInEventId { get; init; }
}

/// <summary>One change of a conversation.</summary>
public abstract record TranscriptChange
{
    private TranscriptChange()
    {
    }

    /// <summary>Puts a message: at the end if its id is new, else in the place of the one with its id.</summary>
    public sealed record Put(UIMessage Message, bool Final) : TranscriptChange;

    /// <summary>Removes the message with this id, if there is one.</summary>
    public sealed record Remove(string Id) : TranscriptChange;

    /// <summary>Drops every message after this one. The empty id drops all; an unknown one drops none.</summary>
    public sealed record TruncateAfter(string Id) : TranscriptChange;

    /// <summary>Replaces the runtime's own state.</summary>
    public sealed record SetState(JsonElement State) : TranscriptChange;
}
