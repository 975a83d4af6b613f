using System.Net;
using AgentSessions.Gateway.Addressing;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Tests.Addressing;

/// <summary>Who counts as a caller of this machine by their connection.</summary>
public sealed class LocalRequestTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("203.0.113.7", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    [InlineData(null, "127.0.0.1", false)]
    [InlineData("127.0.0.1", null, false)]
    public void Connection_BeginsAndEndsOnLoopback(string? remote, string? local, bool isOfThisMachine)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
        context.Connection.LocalIpAddress = local is null ? null : IPAddress.Parse(local);

        Assert.Equal(isOfThisMachine, context.IsOfThisMachine());
    }
}
