using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentSessions.Testing;

/// <summary>A model that says what a test has written down, one scripted reply for each call, and remembers what it was asked.</summary>
/// <remarks>Out of replies it fails the call, so that a call a test did not expect shows.</remarks>
public sealed class ScriptedModel : IChatClient
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<ModelCall, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>>> _replies = new();
    private readonly List<ModelCall> _calls = [];

    /// <summary>The calls so far, in order.</summary>
    public IReadOnlyList<ModelCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Replies that no call has used.</summary>
    public int Remaining
    {
        get
        {
            lock (_gate)
            {
                return _replies.Count;
            }
        }
    }

    /// <summary>What a call gets when no reply is left; null fails it.</summary>
    public Func<ModelCall, string>? Default { get; set; }

    /// <summary>The next call answers with text, streamed word by word.</summary>
    public ScriptedModel Text(string text, UsageDetails? usage = null) => Updates(
        [.. Words(text).Select(static word => new ChatResponseUpdate(ChatRole.Assistant, word)), End(ChatFinishReason.Stop, usage)]);

    /// <summary>The next call asks for a tool.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="arguments">An object whose properties are the arguments.</param>
    /// <param name="callId">The call's id; null makes <c>call_1</c>, <c>call_2</c> and so on.</param>
    public ScriptedModel ToolCall(string name, object? arguments = null, string? callId = null) => ToolCalls((name, arguments, callId));

    /// <summary>The next call asks for several tools at once.</summary>
    public ScriptedModel ToolCalls(params (string Name, object? Arguments, string? CallId)[] calls) => Updates(
    [
        .. calls.Select(call => new ChatResponseUpdate(
            ChatRole.Assistant, [new FunctionCallContent(call.CallId ?? NextCallId(), call.Name, Arguments(call.Arguments))])),
        End(ChatFinishReason.ToolCalls, usage: null),
    ]);

    /// <summary>The next call streams exactly these updates.</summary>
    public ScriptedModel Updates(params ChatResponseUpdate[] updates) => Reply(_ => updates.ToAsyncEnumerable());

    /// <summary>The next call fails after the text.</summary>
    public ScriptedModel Fails(Exception exception, string textBefore = "") => Reply((_, _) => FailAsync(exception, textBefore));

    /// <summary>The next call says the text and then waits until it is cancelled.</summary>
    public ScriptedModel Hangs(string textBefore = "") => Reply((_, cancellationToken) => HangAsync(textBefore, cancellationToken));

    /// <summary>The next call says the text, waits for the task, and says the rest.</summary>
    public ScriptedModel TextWhen(string textBefore, Task gate, string textAfter) =>
        Reply((_, cancellationToken) => WaitAsync(textBefore, gate, textAfter, cancellationToken));

    /// <summary>The next call streams what a function makes of the question.</summary>
    public ScriptedModel Reply(Func<ModelCall, IAsyncEnumerable<ChatResponseUpdate>> reply) => Reply((call, _) => reply(call));

    /// <summary>The next call streams what a function makes of the question.</summary>
    public ScriptedModel Reply(Func<ModelCall, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> reply)
    {
        lock (_gate)
        {
            _replies.Enqueue(reply);
        }

        return this;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var call = new ModelCall([.. messages], options?.Clone());
            _calls.Add(call);
            if (_replies.TryDequeue(out Func<ModelCall, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>>? reply))
            {
                return reply(call, cancellationToken);
            }

            return Default is { } rest
                ? new[] { new ChatResponseUpdate(ChatRole.Assistant, rest(call)), End(ChatFinishReason.Stop, usage: null) }.ToAsyncEnumerable()
                : throw new InvalidOperationException("The scripted model was called once more than the test wrote replies for.");
        }
    }

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            updates.Add(update);
        }

        return updates.ToChatResponse();
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private int _callIds;

    private string NextCallId() => $"call_{++_callIds}";

    private static ChatResponseUpdate End(ChatFinishReason reason, UsageDetails? usage) => new()
    {
        Role = ChatRole.Assistant,
        FinishReason = reason,
        Contents = usage is null ? [] : [new UsageContent(usage)],
    };

    private static Dictionary<string, object?>? Arguments(object? arguments) => arguments is null
        ? null
        : JsonSerializer.SerializeToElement(arguments, JsonSerializerOptions.Web).EnumerateObject()
            .ToDictionary(static property => property.Name, static property => (object?)property.Value);

    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int i = 1; i <= text.Length; i++)
        {
            if (i == text.Length || (char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i])))
            {
                yield return text[start..i];
                start = i;
            }
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> FailAsync(Exception exception, string textBefore)
    {
        await Task.Yield();
        if (textBefore.Length > 0)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, textBefore);
        }

        throw exception;
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> HangAsync(string textBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ChatResponseUpdate(ChatRole.Assistant, textBefore);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> WaitAsync(
        string textBefore, Task gate, string textAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ChatResponseUpdate(ChatRole.Assistant, textBefore);
        await gate.WaitAsync(cancellationToken);
        yield return new ChatResponseUpdate(ChatRole.Assistant, textAfter);
        yield return End(ChatFinishReason.Stop, usage: null);
    }
}

/// <summary>What a model was asked.</summary>
/// <param name="Messages">The prompt.</param>
/// <param name="Options">Instructions, tools and settings.</param>
public sealed record ModelCall(IReadOnlyList<ChatMessage> Messages, ChatOptions? Options);
