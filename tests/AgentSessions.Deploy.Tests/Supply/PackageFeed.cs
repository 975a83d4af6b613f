using System.IO.Compression;
using System.Net;
using System.Text;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Supply;

/// <summary>A package registry on loopback with one package, which may tell of the package's weakness.</summary>
internal sealed class PackageFeed : IAsyncDisposable
{
    public const string Package = "sample.weak";
    public const string Version = "1.0.0";
    public const string Advisory = "https://advisories.example/weak";

    private readonly HeldPort _port = new();
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _files;
    private readonly Task _serving;

    /// <param name="tells">Whether it offers data on weaknesses, as nuget.org does and many mirrors do not.</param>
    public PackageFeed(bool tells)
    {
        Address = new Uri($"http://127.0.0.1:{_port.Number}/");
        string weaknesses = tells ? $$""",{"@id":"{{Address}}weak.json","@type":"VulnerabilityInfo/6.7.0"}""" : "";
        _files = new Dictionary<string, byte[]>
        {
            ["/index.json"] = Json($$"""{"version":"3.0.0","resources":[{"@id":"{{Address}}flat/","@type":"PackageBaseAddress/3.0.0"}{{weaknesses}}]}"""),
            ["/weak.json"] = Json($$"""[{"@name":"base","@id":"{{Address}}weak-base.json","@updated":"2026-01-01T00:00:00Z","comment":"all"}]"""),
            ["/weak-base.json"] = Json($$"""{"{{Package}}":[{"url":"{{Advisory}}","severity":2,"versions":"(, 2.0.0)"}]}"""),
            [$"/flat/{Package}/index.json"] = Json($$"""{"versions":["{{Version}}"]}"""),
            [$"/flat/{Package}/{Version}/{Package}.{Version}.nupkg"] = Pack(),
        };
        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        _port.Dispose();
    }

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Pack()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var nuspec = new StreamWriter(zip.CreateEntry($"{Package}.nuspec").Open()))
            {
                nuspec.Write(
                    $"""
                    <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
                    <id>{Package}</id><version>{Version}</version><authors>nobody</authors><description>Weak.</description>
                    </metadata></package>
                    """);
            }

            zip.CreateEntry("lib/netstandard2.0/_._").Open().Dispose();
        }

        return bytes.ToArray();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                if (_files.TryGetValue(context.Request.Url!.AbsolutePath, out byte[]? file))
                {
                    context.Response.Close(file, willBlock: true);
                }
                else
                {
                    context.Response.StatusCode = 404;
                    context.Response.Close();
                }
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }
}
