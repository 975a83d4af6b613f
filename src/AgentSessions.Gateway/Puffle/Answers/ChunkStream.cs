using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Puffle.Answers;

/// <summary>Writes chunks as the AI SDK's UI message stream: one <c>data:</c> line each, and a last one that says so.</summary>
internal sealed class ChunkStream(HttpContext context, StreamingOptions options)
{
    private readonly PipeWriter _output = context.Response.BodyWriter;

    /// <summary>Sends the headers.</summary>
    /// <param name="conversationId">The conversation, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task StartAsync(string? conversationId, CancellationToken cancellationToken)
    {
        HttpResponse response = context.Response;
        StreamHeaders.Write(response);
        response.Headers["x-vercel-ai-ui-message-stream"] = "v1";
        if (conversationId is not null)
        {
            response.Headers["x-conversation-id"] = conversationId;
        }

        await response.StartAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    public void Write(IEnumerable<UIMessageChunk> chunks)
    {
        foreach (UIMessageChunk chunk in chunks)
        {
            _output.Write("data: "u8);
            _output.Write(JsonSerializer.SerializeToUtf8Bytes(chunk, UIJson.Options));
            _output.Write("\n\n"u8);
        }
    }

    /// <summary>A comment that keeps proxies from cutting a silent stream.</summary>
    public void WritePing() => _output.Write(": ping\n\n"u8);

    public void WriteEnd() => _output.Write("data: [DONE]\n\n"u8);

    /// <summary>Sends what was written.</summary>
    /// <exception cref="OperationCanceledException">The reader is gone, or takes nothing for so long that it counts as gone.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.WriteTimeout);
        if ((await _output.FlushAsync(limit.Token)).IsCompleted)
        {
            throw new OperationCanceledException("The reader is gone");
        }
    }
}
