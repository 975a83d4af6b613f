using Microsoft.Extensions.Configuration.Memory;

namespace AgentSessions.Server;

/// <summary>What holds when nobody says otherwise. Every source of configuration overrides it.</summary>
internal static class ServerDefaults
{
    /// <summary>Loopback, so that a first start exposes nothing.</summary>
    public const string Url = "http://127.0.0.1:3030";

    private static readonly string[] _addressKeys = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];

    /// <summary>One line a request is more than an operator wants to read; that package also warns, in a client's own words, of what the client got wrong.</summary>
    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:ModelContextProtocol"] = "Error",
    };

    /// <summary>Sets the defaults as settings below all others; nothing here listens in code, so <c>--urls</c> always wins.</summary>
    public static void UseDefaults(this WebApplicationBuilder builder)
    {
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = _settings });
        if (!_addressKeys.Any(key => builder.Configuration.GetSection(key).Exists()))
        {
            builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, Url);
        }
    }
}
