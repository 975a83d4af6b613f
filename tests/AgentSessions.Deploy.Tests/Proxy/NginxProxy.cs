using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Proxy;

/// <summary>A real nginx with <c>deploy/nginx.conf</c> in front of a real server; nothing in the file is changed but addresses.</summary>
public sealed class NginxProxy : IAsyncLifetime
{
    public const string Host = "agents.example.com";
    public const string UserToken = "pk_live_ada_0123456789abcdef0123456789";

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);
    private static readonly string _file = Path.Combine(Repository.Root, "deploy", "nginx.conf");

    private readonly string _data = Directory.CreateTempSubdirectory("agent-sessions-nginx-").FullName;
    private readonly HeldPort _port = new();
    private X509Certificate2? _certificate;
    private ServerProcess? _server;
    private Process? _nginx;

    /// <summary>Why nginx cannot be run here, as one line; null if it can.</summary>
    public static string? WhyNot { get; } = Program is null ? "nginx is not installed" : null;

    public string SecretKey => _server!.SecretKey;

    private static string? Program => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
        .Select(static folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
        {
            return;
        }

        _server = await ServerProcess.StartAsync(
            Path.Combine(_data, "server"), [.. ServersSettings(), "--AgentSessions:Users:0:Id=ada", $"--AgentSessions:Users:0:Token={UserToken}"]);
        _certificate = Certify();
        string file = (await File.ReadAllTextAsync(_file))
            .Replace("listen 443", $"listen 127.0.0.1:{_port.Number}", StringComparison.Ordinal)
            .Replace("/etc/nginx/", $"{_data}/", StringComparison.Ordinal)
            .Replace("http://127.0.0.1:3030;", $"http://{_server.BaseUrl.Authority};", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_data, "site"), file);
        await File.WriteAllTextAsync(Path.Combine(_data, "nginx.conf"), $$"""
            daemon off;
            pid {{_data}}/pid;
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            events { }
            http {
                access_log off;
                client_body_temp_path {{_data}}/body;
                proxy_temp_path {{_data}}/proxy;
                fastcgi_temp_path {{_data}}/fastcgi;
                uwsgi_temp_path {{_data}}/uwsgi;
                scgi_temp_path {{_data}}/scgi;
                include {{_data}}/site;
            }
            """);
        _nginx = Process.Start(Program!, ["-p", _data, "-e", Path.Combine(_data, "errors"), "-c", Path.Combine(_data, "nginx.conf")]);
        using HttpClient http = NewClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync("/health/live")).IsSuccessStatusCode;
                }
                catch (HttpRequestException) when (!_nginx.HasExited)
                {
                    return false;
                }
            },
            "an answer through nginx");
    }

    public async Task DisposeAsync()
    {
        if (_nginx is { } nginx)
        {
            if (!nginx.HasExited)
            {
                // Killed, it would leave its worker behind.
                using var quit = Process.Start("kill", ["-TERM", nginx.Id.ToString()]);
                await nginx.WaitForExitAsync().WaitAsync(_limit);
            }

            nginx.Dispose();
        }

        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _certificate?.Dispose();
        _port.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>A client that finds the host at nginx and knows its certificate.</summary>
    public HttpClient NewClient(string? token = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        Expect100ContinueTimeout = _limit,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _certificate!.GetCertHashString(),
        },
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, _port.Number, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri($"https://{Host}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        DefaultRequestHeaders = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>What the file says that the server behind it needs.</summary>
    private static IEnumerable<string> ServersSettings() => File.ReadLines(_file)
        .Where(static line => line.StartsWith("#   --", StringComparison.Ordinal)).Select(static line => line.TrimStart('#', ' ').Split(' ')[0]);

    private X509Certificate2 Certify()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(_data, $"{Host}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_data, $"{Host}.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
