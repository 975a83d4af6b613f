using System.Net;
using System.Net.Sockets;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Connects to allowed addresses only. The address that is checked is the one connected to, so a name that changes its mind gains nothing.</summary>
internal static class PublicNetwork
{
    /// <summary>A cloud's metadata service over IPv6, which is not at a link-local address.</summary>
    private static readonly IPAddress _metadata = IPAddress.Parse("fd00:ec2::254");

    /// <summary>Whether an address is one of the public internet's.</summary>
    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // Only global unicast, and of that neither documentation, nor forms that hold an IPv4 address (6to4, Teredo, NAT64 is outside).
            byte[] six = address.GetAddressBytes();
            return (six[0] & 0xE0) == 0x20
                && !(six[0] == 0x20 && six[1] == 0x01 && (six[2] & 0xFE) == 0)
                && !(six[0] == 0x20 && six[1] == 0x01 && six[2] == 0x0D && six[3] == 0xB8)
                && !(six[0] == 0x20 && six[1] == 0x02);
        }

        byte[] four = address.GetAddressBytes();
        return four[0] switch
        {
            0 or 10 or 127 or >= 224 => false,
            100 => four[1] is < 64 or > 127,
            169 => four[1] != 254,
            172 => four[1] is < 16 or > 31,
            192 => four[1] switch { 0 => four[2] is not (0 or 2), 88 => four[2] != 99, 168 => false, _ => true },
            198 => four[1] is not (18 or 19) && !(four[1] == 51 && four[2] == 100),
            203 => !(four[1] == 0 && four[2] == 113),
            _ => true,
        };
    }

    /// <summary>Whether an address is not one of the link itself, where clouds tell machines their secrets: no receiver of webhooks is there.</summary>
    public static bool IsBeyondTheLink(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        byte[] bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? !address.IsIPv6LinkLocal && !address.Equals(_metadata)
            : !(bytes[0] == 169 && bytes[1] == 254);
    }

    /// <summary>For <see cref="System.Net.Http.SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <param name="target">The endpoint's host and port.</param>
    /// <param name="isAllowed">Which addresses may be connected to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HttpRequestException">The name has no allowed address.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, Func<IPAddress, bool> isAllowed, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = [.. (await Dns.GetHostAddressesAsync(target.Host, cancellationToken)).Where(isAllowed)];
        if (addresses.Length == 0)
        {
            throw new HttpRequestException("The endpoint is at no address that is allowed; AllowPrivateNetwork allows private ones.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
