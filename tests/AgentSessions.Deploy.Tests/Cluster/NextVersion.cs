using System.Net.Http.Json;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>The server as its next version may be; what it does otherwise stands in <c>tests/AgentSessions.Orleans.NextServer</c>.</summary>
internal static class NextVersion
{
    private const string Project = "AgentSessions.Orleans.NextServer";

    private static readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The program.</summary>
    public static string Server { get; } = Path.Combine(Repository.Output(Project), $"{Project}.dll");

    /// <summary>For each type of message: how many a node of the next version has read from its own version, and from the current one.</summary>
    public static async Task<Dictionary<string, int[]>> MessagesAsync(Uri node) =>
        (await _http.GetFromJsonAsync<Dictionary<string, int[]>>(new Uri(node, "/next/messages")))!;

    /// <summary>Has a node of the next version write two records into a chat's <c>out</c>, of kinds that the current version does not know.</summary>
    /// <returns>The sequence of the first.</returns>
    public static async Task<long> WriteAsync(Uri node, string chat, string mark)
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(node, $"/next/records/{chat}?mark={mark}"), null);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<long>();
    }

    /// <summary>Whether this is the pair that <see cref="WriteAsync"/> wrote, byte for byte.</summary>
    public static bool IsWritten(IReadOnlyList<WireRecord> records, string mark) =>
        records is [{ Headers: [] } chunk, var control]
        && chunk.Body == $$$"""{"data":{"type":"hologram","depth":{"x":[1,"{{{mark}}}"]}},"id":"{{{mark}}}"}"""
        && control.Header("trigger-control") == "hologram" && control.Header("next-mark") == mark && control.Headers.Count == 2;
}
