namespace AgentSessions.Server;

/// <summary>Where the server listens when nobody says otherwise: loopback, so that a first start exposes nothing.</summary>
internal static class DefaultUrl
{
    public const string Value = "http://127.0.0.1:3030";

    private static readonly string[] _keys = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];

    /// <summary>Sets the default as a setting, never in code that listens, so that <c>--urls</c> and the environment always win.</summary>
    public static void UseDefaultUrl(this WebApplicationBuilder builder)
    {
        if (!_keys.Any(key => builder.Configuration.GetSection(key).Exists()))
        {
            builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, Value);
        }
    }
}
