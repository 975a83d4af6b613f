using System.Globalization;
using System.Net;

namespace AgentSessions.Server.Telemetry;

/// <summary>Where metrics are served without a key.</summary>
/// <param name="Address">Default <c>127.0.0.1</c>: this machine only.</param>
/// <param name="Port">Zero takes a free one.</param>
internal sealed record MetricsListenerOptions(IPAddress Address, int Port)
{
    public const string PortKey = "AgentSessions:Telemetry:MetricsPort";
    public const string AddressKey = "AgentSessions:Telemetry:MetricsAddress";

    /// <summary>Null while no port is set: then there is no such listener.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static MetricsListenerOptions? Read(IConfiguration configuration)
    {
        if (!IPAddress.TryParse(configuration[AddressKey] ?? "127.0.0.1", out IPAddress? address))
        {
            throw new InvalidOperationException($"{AddressKey} must be an IP address");
        }

        return string.IsNullOrEmpty(configuration[PortKey]) ? null : new MetricsListenerOptions(
            address,
            int.TryParse(configuration[PortKey], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort
                ? port
                : throw new InvalidOperationException($"{PortKey} must be a port, 0 to {IPEndPoint.MaxPort}"));
    }
}
