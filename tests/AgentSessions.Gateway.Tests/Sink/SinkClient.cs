using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using AgentSessions.Gateway.Native.Sink;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Sink;

/// <summary>Writes to the sink as the official client does.</summary>
internal sealed class SinkClient(GatewayServer server, Answer initialized)
{
    public string Token { get; } = initialized.Header("X-S2-Access-Token")!;

    public string Path { get; } = new Uri($"{initialized.Header("X-S2-Endpoint")}/streams/{Uri.EscapeDataString(initialized.Header("X-S2-Stream-Name")!)}/records").PathAndQuery;

    public static async Task<SinkClient> OpenAsync(GatewayServer server, string id, string io = "out") =>
        new(server, await server.SendAsync("PUT", Calls.ChannelPath(id, io)));

    public Task<Answer> PostAsync(string json) => server.SendAsync("POST", Path, json, Token);

    public async Task<byte[]> PostProtoAsync(byte[] message)
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", Path, message, Token);
        request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/protobuf");
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task<Session> ConnectAsync()
    {
        var body = new PushedContent();
        HttpRequestMessage request = Calls.NewRequest("POST", Path, null, Token);
        request.Content = body;
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
        return new Session(body, response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>An <c>AppendInput</c> with these bodies and headers.</summary>
    public static byte[] Input((byte[] Body, (string Name, string Value)[] Headers)[] records) => [.. records.SelectMany(static record =>
    {
        byte[] headers = [.. record.Headers.SelectMany(static header => Field(2, [.. Field(1, Encoding.UTF8.GetBytes(header.Name)), .. Field(2, Encoding.UTF8.GetBytes(header.Value))]))];
        return Field(1, [.. headers, .. Field(3, record.Body)]);
    })];

    public static (int Start, int End, int Tail) Ack(byte[] message)
    {
        int[] places = new int[4];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            var position = new ProtoReader(reader.Bytes);
            while (position.Next())
            {
                places[reader.Field] = position.Field == 1 ? (int)position.Number : places[reader.Field];
            }
        }

        return (places[1], places[2], places[3]);
    }

    private static byte[] Field(int number, byte[] bytes)
    {
        var length = new List<byte>();
        int rest = bytes.Length;
        while (rest >= 0x80)
        {
            length.Add((byte)(rest | 0x80));
            rest >>= 7;
        }

        length.Add((byte)rest);
        return [(byte)((number << 3) | 2), .. length, .. bytes];
    }

    /// <summary>An open append session.</summary>
    public sealed class Session(PushedContent body, HttpResponseMessage response, Stream answers) : IAsyncDisposable
    {
        public ValueTask SendAsync(byte[] message)
        {
            int length = message.Length + 1;
            return SendRawAsync([(byte)(length >> 16), (byte)(length >> 8), (byte)length, 0, .. message]);
        }

        public ValueTask SendRawAsync(byte[] bytes) => body.Bytes.Writer.WriteAsync(bytes);

        public void Complete() => body.Bytes.Writer.TryComplete();

        /// <summary>Leaves in the middle: the stream is reset.</summary>
        public void Abandon() => response.Dispose();

        /// <summary>The next frame; null at the end.</summary>
        public async Task<(bool IsTerminal, byte[] Body)?> NextAsync()
        {
            byte[] start = new byte[4];
            if (await answers.ReadAtLeastAsync(start, 4, throwOnEndOfStream: false).AsTask().WaitAsync(TimeSpan.FromSeconds(60)) == 0)
            {
                return null;
            }

            byte[] frame = new byte[((start[0] << 16) | (start[1] << 8) | start[2]) - 1];
            await answers.ReadExactlyAsync(frame).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            return ((start[3] & 0x80) != 0, frame);
        }

        public ValueTask DisposeAsync()
        {
            Complete();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A body that is sent piece by piece.</summary>
    internal sealed class PushedContent : HttpContent
    {
        public PushedContent() => Headers.ContentType = new MediaTypeHeaderValue("s2s/proto");

        public Channel<byte[]> Bytes { get; } = Channel.CreateUnbounded<byte[]>();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            await foreach (byte[] bytes in Bytes.Reader.ReadAllAsync())
            {
                await stream.WriteAsync(bytes);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
