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
}
