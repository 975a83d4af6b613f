using System.Buffers;
using System.IO.Pipelines;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AgentSessions.Gateway.Bodies;

/// <summary>Reads a whole body within a limit that is counted on the wire.</summary>
internal static class RequestBody
{
    /// <summary>How much of a body that is too large is read all the same, so that the client sees the answer and not a broken pipe.</summary>
    private const long MaxDrainedBytes = 16 * 1024 * 1024;

    // What a client announces costs nothing until it sends it.
    private const int MaxFirstBuffer = 64 * 1024;

    private static readonly TimeSpan _drainTime = TimeSpan.FromSeconds(10);

    /// <summary>The body's bytes, owned by the caller; empty without a body.</summary>
    /// <exception cref="RequestRefusedException">413, or 400 for a compressed body: nothing is unpacked here.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, int limit)
    {
        RequireIdentity(context.Request.Headers.ContentEncoding);
        if (context.Request.ContentLength > limit)
        {
            await RefuseAsync(context, limit, alreadyRead: 0);
        }

        PipeReader reader = context.Request.BodyReader;
        byte[] body = new byte[Math.Min((int?)context.Request.ContentLength ?? 4096, MaxFirstBuffer)];
        int length = 0;
        while (true)
        {
            ReadResult read = await CallerLeft.ReadAsync(reader, context.RequestAborted);
            if (length + read.Buffer.Length > limit)
            {
                long seen = length + read.Buffer.Length;
                reader.AdvanceTo(read.Buffer.End);
                await RefuseAsync(context, limit, seen);
            }

            int after = length + (int)read.Buffer.Length;
            if (after > body.Length)
            {
                Array.Resize(ref body, (int)Math.Min(context.Request.ContentLength ?? limit, Math.Max(after, body.Length * 2L)));
            }

            read.Buffer.CopyTo(body.AsSpan(length));
            length = after;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return body.AsMemory(0, length);
            }
        }
    }

    private static void RequireIdentity(StringValues encoding)
    {
        if (encoding.Count > 0 && encoding != "identity")
        {
            throw Refuse.BadRequest("Compressed bodies are not taken", "Content-Encoding");
        }
    }

    private static async Task RefuseAsync(HttpContext context, int limit, long alreadyRead)
    {
        bool waitsForPermission = context.Request.Headers.Expect.Count > 0 && alreadyRead == 0;
        bool isModest = !(context.Request.ContentLength > MaxDrainedBytes);
        if (waitsForPermission || !isModest || !await TryDrainAsync(context, MaxDrainedBytes - alreadyRead))
        {
            context.Response.Headers.Connection = "close";
        }

        throw Refuse.TooLarge($"The body is larger than {limit} bytes");
    }

    /// <summary>Reads on and throws away; false if the rest is too much or comes too slowly.</summary>
    private static async Task<bool> TryDrainAsync(HttpContext context, long maxBytes)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(_drainTime);
        PipeReader reader = context.Request.BodyReader;
        try
        {
            while (maxBytes > 0)
            {
                ReadResult read = await reader.ReadAsync(timeout.Token);
                maxBytes -= read.Buffer.Length;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or BadHttpRequestException or IOException)
        {
            // The answer is the same.
        }

        return false;
    }
}
