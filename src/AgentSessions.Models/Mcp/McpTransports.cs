using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using ModelContextProtocol.Client;

namespace AgentSessions.Models.Mcp;

/// <summary>Makes the connection to a server: a process of its own, or HTTP.</summary>
internal sealed class McpTransports(IConfiguration configuration) : IDisposable
{
    // Loggers are kept from the package: it would log messages, which hold what users wrote.
    private readonly SocketsHttpHandler _connections = new()
    {
        // A redirect would carry the headers' secrets to wherever it points.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    };

    public IClientTransport Create(string name, McpServerOptions server) => SecretSetting.Has(server.Command) ? new WholeMessages(Process(name, server)) : Http(name, server);

    public void Dispose() => _connections.Dispose();

    private StdioClientTransport Process(string name, McpServerOptions server)
    {
        Dictionary<string, string?> environment = StdioClientTransportOptions.GetDefaultEnvironmentVariables();
        foreach (string variable in server.InheritEnvironment)
        {
            environment[variable] = SecretSetting.Variable(configuration, variable);
        }

        foreach ((string variable, string value) in server.Environment)
        {
            environment[variable] = value;
        }

        foreach ((string variable, string file) in server.EnvironmentFiles)
        {
            environment[variable] = File.ReadAllText(file).Trim();
        }

        return new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = name,
            Command = server.Command!,
            Arguments = server.Arguments,
            WorkingDirectory = server.WorkingDirectory,
            InheritEnvironmentVariables = false,
            EnvironmentVariables = environment,
            ShutdownTimeout = TimeSpan.FromSeconds(5),
        });
    }

    private HttpClientTransport Http(string name, McpServerOptions server)
    {
        Dictionary<string, string> headers = new(server.Headers, StringComparer.OrdinalIgnoreCase);
        foreach ((string header, string file) in server.HeaderFiles)
        {
            headers[header] = File.ReadAllText(file).Trim();
        }

        foreach ((string header, string variable) in server.HeaderEnvironment)
        {
            headers[header] = SecretSetting.Variable(configuration, variable)?.Trim() ?? "";
        }

        HttpClientTransportOptions options = new()
        {
            Name = name,
            Endpoint = new Uri(server.Url!),
            TransportMode = server.Transport switch
            {
                McpTransport.StreamableHttp => HttpTransportMode.StreamableHttp,
                McpTransport.Sse => HttpTransportMode.Sse,
                _ => HttpTransportMode.AutoDetect,
            },
            ConnectionTimeout = server.ConnectTimeout,
            AdditionalHeaders = headers,
        };
        return new HttpClientTransport(options, new HttpClient(_connections, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }, loggerFactory: null, ownsHttpClient: true);
    }
}
