using System.Net;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Data;

/// <summary>A backup holds all environments, so it is for those who run the server.</summary>
public sealed class BackupTests(BackupTests.BackupServer server) : IClassFixture<BackupTests.BackupServer>
{
    [Theory]
    [InlineData(GatewayServer.Key)]
    [InlineData(GatewayServer.PreviousKey)]
    public async Task ServersKey_MakesABackup(string key)
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/backups", null, key);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(["name", "bytes"], answer.Json.EnumerateObject().Select(static field => field.Name));
    }

    [Fact]
    public async Task AnotherEnvironmentsKey_MakesNone_AndNoTokenDoes()
    {
        string[] others =
        [
            GatewayServer.OtherKey, server.TokenOf("other", TimeSpan.FromHours(1), "admin"), server.TokenFor("admin"), server.TokenFor("*:all"),
        ];
        foreach (string credential in others)
        {
            Answer answer = await server.SendAsync("POST", "/api/v1/backups", null, credential);
            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            Assert.Equal("unauthorized", answer.Field("code"));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("POST", "/api/v1/backups", null, "wrong")).Status);
    }

    /// <summary>A server whose store can be copied.</summary>
    public sealed class BackupServer : GatewayServer
    {
        protected override void Configure(IServiceCollection services) => services.AddSingleton<IStoreBackup>(new NoBackup());
    }

    private sealed class NoBackup : IStoreBackup
    {
        public Task<StoreBackup> WriteAsync(CancellationToken cancellationToken) => Task.FromResult(new StoreBackup("copy", 0));
    }
}
