using System.Text;

namespace AgentSessions.Load.Tests;

/// <summary>Stream bodies as the protocol document shows them.</summary>
internal static class WireText
{
    public static string Delta(long sequence, int index) =>
        $$$"""{"seq_num":{{{sequence}}},"timestamp":1795248140825,"body":"{\"data\":{\"type\":\"text-delta\",\"id\":\"t0\",\"delta\":\"~{{{index:D6}}}~abcdefghijk \"},\"id\":\"p{{{sequence}}}\"}"}""";

    public static string Other(long sequence, string type) =>
        $$$"""{"seq_num":{{{sequence}}},"timestamp":1795248140825,"body":"{\"data\":{\"type\":\"{{{type}}}\"},\"id\":\"p{{{sequence}}}\"}"}""";

    public static string Failure(long sequence) =>
        $$$"""{"seq_num":{{{sequence}}},"timestamp":1795248140825,"body":"{\"data\":{\"type\":\"error\",\"errorText\":\"boom\"},\"id\":\"p{{{sequence}}}\"}"}""";

    public static string TurnComplete(long sequence) =>
        $$$"""{"seq_num":{{{sequence}}},"timestamp":1795248140826,"body":"","headers":[["trigger-control","turn-complete"],["public-access-token","eyJ.eyJ.sig"],["session-in-event-id","0"]]}""";

    public static string Trim(long sequence) =>
        $$$"""{"seq_num":{{{sequence}}},"timestamp":1795248140994,"body":"\u0000\u0000\t","headers":[["","trim"]]}""";

    public static string Batch(long tail, params string[] records) =>
        $$$"""
        id: {{{tail - 1}}}
        event: batch
        data: {"records":[{{{string.Join(',', records)}}}],"tail":{"seq_num":{{{tail}}},"timestamp":1795248140826}}


        """.ReplaceLineEndings("\n");

    public const string Ping = "event: ping\ndata: {\"timestamp\":1795248140826,\"tail\":{\"seq_num\":7,\"timestamp\":1795248140826}}\n\n";

    public const string Error = "event: error\ndata: reading failed\n\n";

    public const string Done = "data: [DONE]\n\n";

    /// <summary>A body as HTTP chunks of a size, so that framing falls into the middle of records.</summary>
    public static byte[] Chunked(string body, int size)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        using MemoryStream output = new();
        for (int at = 0; at < bytes.Length; at += size)
        {
            int length = Math.Min(size, bytes.Length - at);
            output.Write(Encoding.ASCII.GetBytes($"{length:X}\r\n"));
            output.Write(bytes, at, length);
            output.Write("\r\n"u8);
        }

        output.Write("0\r\n\r\n"u8);
        return output.ToArray();
    }
}
