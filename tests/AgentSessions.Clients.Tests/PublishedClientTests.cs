using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>The published npm clients, unmodified, against the real server on a real socket.</summary>
public sealed class PublishedClientTests(ClientServer client) : IClassFixture<ClientServer>
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "tests", "clients"), "*.test.mjs").Select(path => Path.GetFileName(path)!).Order()];

    [NodeTheory]
    [MemberData(nameof(Files))]
    public async Task EveryTestOfTheFilePasses(string file)
    {
        var environment = new Dictionary<string, string>
        {
            ["BASE_URL"] = client.Server.BaseUrl.ToString().TrimEnd('/'),
            ["NEWER_URL"] = client.Newer.BaseUrl.ToString().TrimEnd('/'),
            ["SECRET_KEY"] = client.Server.SecretKey,
            ["USER_TOKEN"] = ClientServer.UserToken,
            ["PAGE_URL"] = client.Site.Url,
            ["PAGE_SCRIPTS"] = client.Site.Scripts,
        };

        (int code, string output) = await client.Node.TestAsync([file], environment, _limit);

        Assert.True(code == 0, $"{output}\nserver:\n{client.Server.Log}\nnewer:\n{client.Newer.Log}");
    }
}
