using System.Text.Json;
using AgentSessions.Models.Calls;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.OpenAI;

/// <summary>One answer as it grows: text and reasoning go out as they come, tool calls and usage at the end.</summary>
internal sealed class ChatAnswer(ModelCallOptions limits, Failures failures)
{
    private readonly ToolCallAssembler _calls = new(limits, failures);
    private string? _id;
    private string? _model;
    private DateTimeOffset? _created;
    private ChatFinishReason? _finish;
    private UsageDetails? _usage;
    private bool _done;
    private bool _any;
    private bool _refused;

    /// <summary>Whether the server said why the answer ended; only counts may still follow.</summary>
    public bool IsFinished => _finish is not null;

    /// <summary>Takes a chunk, or a whole answer.</summary>
    /// <param name="part">Where its choice keeps the content: <c>delta</c> or <c>message</c>.</param>
    /// <returns>What can be shown of it now; null when there is nothing.</returns>
    public ChatResponseUpdate? Add(JsonElement chunk, string part)
    {
        if (chunk.ValueKind != JsonValueKind.Object)
        {
            throw failures.BadResponse("not a JSON object");
        }

        if (chunk.Member("error") is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) })
        {
            throw failures.FromStream(ProviderError.From(chunk));
        }

        // Some servers change the id from chunk to chunk; it is one answer all the same.
        _id ??= chunk.Text("id");
        _model ??= chunk.Text("model");
        _created ??= chunk.Amount("created") is > 0 and < 253_402_300_800 and { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        // Counts that come with every chunk are totals so far, so the last one holds.
        _usage = UsageReader.Read(chunk.Member("usage")) ?? _usage;
        List<AIContent> contents = [];
        foreach (JsonElement choice in chunk.Items("choices").Where(choice => choice.Integer("index") is null or 0))
        {
            _any = true;
            Take(choice.Member(part), contents);
            _finish = choice.Text("finish_reason") is { } reason ? Finish(reason) : _finish;
        }

        return contents.Count > 0 ? Update(contents) : null;
    }

    /// <summary>Notes that the server said it was done, which some say without a reason.</summary>
    public void Done() => _done = true;

    /// <summary>The last update: tool calls, usage, and why the answer ended.</summary>
    /// <exception cref="ModelException">Cut: the stream ended, but the answer did not.</exception>
    public ChatResponseUpdate Complete()
    {
        if (_finish is null && !_done)
        {
            throw failures.Cut();
        }

        if (!_any)
        {
            throw failures.BadResponse("no choices");
        }

        List<AIContent> contents = [.. _calls.Complete()];
        if (_usage is not null)
        {
            contents.Add(new UsageContent(_usage));
        }

        ChatResponseUpdate update = Update(contents);
        update.FinishReason = _refused ? ChatFinishReason.ContentFilter
            : _calls.IsEmpty ? _finish ?? ChatFinishReason.Stop
            : _finish is null || _finish == ChatFinishReason.Stop ? ChatFinishReason.ToolCalls
            : _finish;
        return update;
    }

    private void Take(JsonElement message, List<AIContent> contents)
    {
        // A server that sends both sends the same twice.
        if ((message.Text("reasoning_content") ?? message.Text("reasoning")) is { } reasoning)
        {
            contents.Add(new TextReasoningContent(reasoning));
        }

        string? text = message.Member("content") switch
        {
            { ValueKind: JsonValueKind.String } content => content.Text(),
            { ValueKind: JsonValueKind.Array } content => string.Concat(content.EnumerateArray().Select(item => item.Text("text"))),
            _ => null,
        };
        if (!string.IsNullOrEmpty(text))
        {
            contents.Add(new TextContent(text));
        }

        if (message.Text("refusal") is { } refusal)
        {
            contents.Add(new TextContent(refusal));
            _refused = true;
        }

        foreach (JsonElement piece in message.Items("tool_calls"))
        {
            _calls.Add(piece);
        }
    }

    private ChatResponseUpdate Update(IList<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = _id,
        MessageId = _id,
        ModelId = _model,
        CreatedAt = _created,
    };

    private static ChatFinishReason Finish(string reason) => reason switch
    {
        "stop" => ChatFinishReason.Stop,
        "length" => ChatFinishReason.Length,
        "tool_calls" or "function_call" => ChatFinishReason.ToolCalls,
        "content_filter" => ChatFinishReason.ContentFilter,
        _ => new ChatFinishReason(reason),
    };
}
