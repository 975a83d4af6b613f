using System.Net;
using AgentSessions.Gateway.Webhooks;

namespace AgentSessions.Gateway.Tests.Webhooks;

public sealed class PublicNetworkTests
{
    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("192.0.1.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    public void Address_OfTheInternet_IsAllowed(string address) => Assert.True(PublicNetwork.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("192.0.2.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("ff02::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    public void Address_OfAnyOtherKind_IsNot(string address) => Assert.False(PublicNetwork.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    public async Task Address_OfLinksAndMetadata_IsNeverAllowed(string address)
    {
        Assert.False(PublicNetwork.IsBeyondTheLink(IPAddress.Parse(address)));
        await Assert.ThrowsAsync<HttpRequestException>(async () => await PublicNetwork.ConnectAsync(new DnsEndPoint(address, 9), PublicNetwork.IsBeyondTheLink, default));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("8.8.8.8")]
    public void Address_OfAPrivateNetwork_CanBeAllowed(string address) => Assert.True(PublicNetwork.IsBeyondTheLink(IPAddress.Parse(address)));

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Connection_ToThisMachine_IsRefusedBeforeItIsMade(string host) =>
        await Assert.ThrowsAsync<HttpRequestException>(async () => await PublicNetwork.ConnectAsync(new DnsEndPoint(host, 9), PublicNetwork.Contains, default));
}
