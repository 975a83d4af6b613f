using System.IO.Pipelines;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentSessions.Models.Tests.Mcp;

/// <summary>An MCP server in this process, over pipes; it can be cut off and come back.</summary>
internal sealed class StreamMcpServer : IAsyncDisposable
{
    private readonly McpServerPrimitiveCollection<McpServerTool> _tools = [];
    private readonly List<(McpServer Server, Pipe[] Pipes, Task Running)> _sessions = [];

    /// <summary>How often a client has connected.</summary>
    public int Connections => _sessions.Count;

    /// <summary>Whether new connections are refused.</summary>
    public bool IsDown { get; set; }

    public StreamMcpServer Add(Delegate tool, string name, bool? readOnly = null, bool? idempotent = null)
    {
        _tools.Add(McpServerTool.Create(tool, new McpServerToolCreateOptions { Name = name, Description = $"Does {name}.", ReadOnly = readOnly, Idempotent = idempotent }));
        return this;
    }

    public void Remove(string name) => _tools.Remove(_tools[name]);

    public IClientTransport Connect()
    {
        if (IsDown)
        {
            throw new IOException("down");
        }

        Pipe toServer = new(), toClient = new();
        McpServer server = McpServer.Create(
            new StreamServerTransport(toServer.Reader.AsStream(), toClient.Writer.AsStream()),
            new McpServerOptions { ServerInfo = new Implementation { Name = "stream", Version = "1" }, ToolCollection = _tools });
        _sessions.Add((server, [toServer, toClient], server.RunAsync()));
        return new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream());
    }

    /// <summary>Breaks the last connection from the server's side.</summary>
    public void Cut()
    {
        (_, Pipe[] pipes, _) = _sessions[^1];
        pipes[1].Writer.Complete();
        pipes[0].Reader.CancelPendingRead();
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((McpServer server, Pipe[] pipes, Task running) in _sessions)
        {
            await server.DisposeAsync();
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
