using AgentSessions.TestServer;

namespace AgentSessions.Templates.Tests;

/// <summary>What the documentation shows compiles against the packages, as a reader would use it.</summary>
[Collection(PackedFolderCollection.Name)]
public sealed class ReadmeTests(PackedFolder packed)
{
    [Fact]
    public async Task CodeOfTheDocumentation_Compiles()
    {
        var project = new ReadmeProject(packed);
        int blocks = project.Write();

        string printed = await packed.DotnetAsync(project.Directory, "build", "--nologo", "-v:quiet");

        Assert.True(blocks >= 20, $"Only {blocks} blocks of code were found");
        Assert.DoesNotContain("error", printed, StringComparison.Ordinal);
    }

    /// <summary>The README reads <c>data/secret-key</c> where it has started the server.</summary>
    [Theory]
    [InlineData("src/AgentSessions.Server")]
    [InlineData("samples/TenLines")]
    public async Task Server_OfTheRepository_RunsWhereItIsCalled(string project)
    {
        string folder = await packed.DotnetAsync(Repository.Root, "msbuild", project, "-nologo", "-getProperty:RunWorkingDirectory");

        Assert.Equal("", folder.Trim());
    }
}
