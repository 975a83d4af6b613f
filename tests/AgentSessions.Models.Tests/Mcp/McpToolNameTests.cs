using AgentSessions.Models.Mcp;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class McpToolNameTests
{
    [Fact]
    public void Names_HaveThePrefixAndOnlyAllowedCharacters() =>
        Assert.Equal(["git_log", "git_repo_read-all", "git__1"], McpToolName.ForAll("git", ["log", "repo/read-all", "é1"]));

    [Fact]
    public void NamesThatWouldBeAlike_StayApart()
    {
        IReadOnlyList<string> names = McpToolName.ForAll("git", ["a.b", "a/b", "c"]);

        Assert.Equal(3, names.Distinct().Count());
        Assert.All(names.Take(2), name => Assert.StartsWith("git_a_b_", name));
        Assert.Equal("git_c", names[2]);
        Assert.Equal(names, McpToolName.ForAll("git", ["a.b", "a/b", "c"]));
    }

    [Fact]
    public void LongNames_AreShortenedAndStayApart()
    {
        string stem = new('x', 80);

        IReadOnlyList<string> names = McpToolName.ForAll("git", [stem + "1", stem + "2"]);

        Assert.All(names, name => Assert.Equal(64, name.Length));
        Assert.NotEqual(names[0], names[1]);
    }
}
