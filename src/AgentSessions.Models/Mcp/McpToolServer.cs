using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>One configured server: which of its tools are offered, and calls to them.</summary>
internal sealed partial class McpToolServer : IAsyncDisposable
{
    private readonly McpServerOptions _options;
    private readonly McpConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile ToolList? _tools;

    public McpToolServer(string name, McpServerOptions options, Func<IClientTransport> transport, TimeProvider time, ILogger logger)
    {
        Name = name;
        _options = options;
        _connection = new McpConnection(name, options, transport, () => _tools = null, time, logger);
        _time = time;
        _logger = logger;
    }

    public string Name { get; }

    /// <exception cref="McpToolException">The server cannot be reached.</exception>
    public async Task<IReadOnlyList<AITool>> GetToolsAsync(CancellationToken cancellationToken)
    {
        if (_tools is { } known && _time.GetUtcNow() < known.Until)
        {
            return known.Tools;
        }

        try
        {
            return await _connection.UseAsync(_options.ConnectTimeout, repeatable: true, ListAsync, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or McpProtocolException || McpBreaks.IsBreak(e))
        {
            LogNoTools(Name, McpBreaks.Describe(e));
            throw new McpToolException(McpErrorKind.Unavailable, Name, "The server does not list its tools.");
        }
    }

    /// <param name="repeatable">Whether the call may be made again when it is unknown if it was made.</param>
    /// <exception cref="McpToolException">With a message for the model.</exception>
    public async ValueTask<object?> CallAsync(string tool, IReadOnlyDictionary<string, object?> arguments, bool repeatable, CancellationToken cancellationToken)
    {
        CallToolResult result;
        try
        {
            result = await _connection.UseAsync(
                _options.CallTimeout, repeatable, (client, token) => McpWire.CallAsync(client, _options.Url is not null, tool, arguments, token), cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new McpToolException(McpErrorKind.TimedOut, Name, $"The tool did not answer within {_options.CallTimeout.TotalSeconds:0.###} seconds. It may still be running.");
        }
        catch (McpProtocolException refused)
        {
            throw new McpToolException(McpErrorKind.Refused, Name, McpOutput.Cut($"The server refused the call ({refused.ErrorCode}): {refused.Message}", _options.MaxOutputBytes));
        }
        catch (Exception e) when (McpBreaks.IsBreak(e))
        {
            throw new McpToolException(McpErrorKind.ConnectionLost, Name, "The connection to the tool's server broke during the call. Whether the tool ran is unknown.");
        }

        return result.IsError == true
            ? throw new McpToolException(McpErrorKind.ToolFailed, Name, McpOutput.Cut(McpOutput.Text(result), _options.MaxOutputBytes))
            : McpOutput.Read(result, _options.MaxOutputBytes);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<IReadOnlyList<AITool>> ListAsync(McpClient client, CancellationToken cancellationToken)
    {
        // The list counts from before it was asked for, and a change announced meanwhile takes it away again.
        ToolList list = new(_time.GetUtcNow() + _options.ToolListLifetime);
        _tools = list;
        IList<McpClientTool> listed = await client.ListToolsAsync(cancellationToken: cancellationToken);
        list.Tools = Offer([.. listed.Select(tool => tool.ProtocolTool)]);
        return list.Tools;
    }

    private List<AITool> Offer(IEnumerable<Tool> listed)
    {
        List<Tool> chosen = [.. listed.Where(tool => (_options.Tools.Count == 0 || _options.Tools.Contains(tool.Name)) && !_options.ExcludedTools.Contains(tool.Name))];
        if (chosen.Count > _options.MaxTools)
        {
            LogTooManyTools(Name, chosen.Count, _options.MaxTools);
            chosen.RemoveRange(_options.MaxTools, chosen.Count - _options.MaxTools);
        }

        IReadOnlyList<string> names = McpToolName.ForAll(Name, [.. chosen.Select(tool => tool.Name)]);
        return [.. chosen.Zip(names, Offer)];
    }

    private AITool Offer(Tool tool, string name)
    {
        McpTool function = new(this, name, tool);
        bool free = _options.Approval switch
        {
            McpApproval.Never => true,
            McpApproval.Always => false,
            _ => tool.Annotations?.ReadOnlyHint == true,
        };
        return free ? function : new ApprovalRequiredAIFunction(function);
    }

    [LoggerMessage(3331, LogLevel.Warning, "MCP server {McpServer} does not list its tools: {Reason}")]
    private partial void LogNoTools(string mcpServer, string reason);

    [LoggerMessage(3332, LogLevel.Warning, "MCP server {McpServer} has {Tools} tools; only the first {MaxTools} are offered")]
    private partial void LogTooManyTools(string mcpServer, int tools, int maxTools);

    private sealed class ToolList(DateTimeOffset until)
    {
        private volatile IReadOnlyList<AITool>? _tools;

        public DateTimeOffset Until => _tools is null ? DateTimeOffset.MinValue : until;

        public IReadOnlyList<AITool> Tools { get => _tools ?? []; set => _tools = value; }
    }
}
