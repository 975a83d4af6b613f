using System.Buffers;
using System.Text.Json;
using AgentSessions.Agents.Conversion;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns.Lanes;

/// <content>One message: its bytes, and what was made of them.</content>
internal sealed partial class Conversation
{
    private const int KeptScratchBytes = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private static ReadOnlyMemory<byte> Write(UIMessage message)
    {
        // The writer asks for three times the room that a text takes as a rule; what is stored is kept for a while, so it is copied out.
        ArrayBufferWriter<byte> scratch = _scratch ??= new ArrayBufferWriter<byte>(KeptScratchBytes / 4);
        scratch.ResetWrittenCount();
        UIMessageWriter.Write(message, scratch);
        byte[] json = scratch.WrittenSpan.ToArray();
        if (scratch.Capacity > KeptScratchBytes)
        {
            _scratch = null;
        }

        return json;
    }

    private sealed class Entry
    {
        private ReadOnlyMemory<byte> _json;
        private UIMessage? _message;
        private IReadOnlyList<ChatMessage>? _model;

        public Entry(string id, ReadOnlyMemory<byte> json, bool final)
        {
            Id = id;
            _json = json;
            RestingBytes = json.Length;
            Final = final;
        }

        public Entry(UIMessage message, bool final)
        {
            Id = message.Id;
            _message = message;
            Final = final;
        }

        public string Id { get; }

        public bool Final { get; private set; }

        /// <summary>How many bytes it had when it was last nothing but bytes; 0 if it never was.</summary>
        public int RestingBytes { get; private set; }

        /// <summary>Whether it differs from what is saved.</summary>
        public bool IsUnsaved { get; set; }

        /// <summary>Whether somebody looks at what it says.</summary>
        public bool IsParsed { get; set; }

        public bool MayHold(ReadOnlySpan<byte> text) => _message is not null || _json.Span.IndexOf(text) >= 0;

        /// <summary>Whether a message says what this one does, to the byte. One that somebody looks at is the same object or another one.</summary>
        public bool IsSame(UIMessage message) =>
            _message is null ? Write(message).Span.SequenceEqual(_json.Span) : ReferenceEquals(_message, message);

        public IReadOnlyList<ChatMessage> Model(ToolModelOutput? toolOutput) => _model ??= ModelMessages.FromUI(Message, toolOutput);

        public void ForgetModel() => _model = null;

        public UIMessage Message => _message ??= JsonSerializer.Deserialize<UIMessage>(_json.Span, UIJson.Options)!;

        /// <summary>Its bytes, which are kept from now on until it changes.</summary>
        public ReadOnlyMemory<byte> Keep() => _json.IsEmpty ? _json = Write(_message!) : _json;

        public void Change(UIMessage message, bool final)
        {
            _message = message;
            _json = default;
            _model = null;
            Final = final;
        }

        public void Rest()
        {
            Keep();
            _message = null;
            _model = null;
            RestingBytes = _json.Length;
            IsParsed = false;
        }
    }
}
