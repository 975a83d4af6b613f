using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Supply;

/// <summary>What <c>deploy/Dockerfile</c> puts into the image, read from the file, for no image can be built here.</summary>
public sealed class ImageTests
{
    private static readonly string[] _lines =
    [
        .. File.ReadAllLines(Path.Combine(Repository.Root, "deploy", "Dockerfile")).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#'),
    ];

    /// <summary>The last stage, which is the image.</summary>
    private static readonly string[] _image = [.. _lines.Skip(Array.FindLastIndex(_lines, static line => line.StartsWith("FROM ", StringComparison.Ordinal)))];

    [Fact]
    public void Image_RunsWithoutRoot()
    {
        Assert.Equal("USER 1654:1654", Assert.Single(_image, static line => line.StartsWith("USER ", StringComparison.Ordinal)));
        int user = Array.FindIndex(_image, static line => line.StartsWith("USER ", StringComparison.Ordinal));
        Assert.All(_image[..user], static line => Assert.DoesNotContain("RUN ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Image_HasNoShell_AndNothingButWhatIsPublished()
    {
        Assert.Contains("-chiseled", _image[0], StringComparison.Ordinal);
        Assert.DoesNotContain(_image, static line => line.StartsWith("RUN ", StringComparison.Ordinal) || line.StartsWith("ADD ", StringComparison.Ordinal));
        Assert.All(
            _image.Where(static line => line.StartsWith("COPY ", StringComparison.Ordinal)),
            static line => Assert.StartsWith("COPY --from=build ", line, StringComparison.Ordinal));
        Assert.StartsWith("ENTRYPOINT [", _image[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Image_BringsTheSqliteOfItsOwnDistribution()
    {
        Assert.Contains("COPY --from=build /libsqlite3.so.0 /usr/lib/", _image);
        Assert.All(_lines.Where(static line => line.StartsWith("FROM ", StringComparison.Ordinal)), static line => Assert.Contains("-noble", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Bases_AreOfAVersion_NeverTheLatest() => Assert.All(
        _lines.Where(static line => line.StartsWith("FROM ", StringComparison.Ordinal)), static line => Assert.Matches(@"^FROM \S+:\d+\.\d+\S*( AS \w+)?$", line));

    [Fact]
    public void Secrets_AreNoPartOfTheContext()
    {
        string ignored = File.ReadAllText(Path.Combine(Repository.Root, ".dockerignore"));
        Assert.Contains(".git", ignored, StringComparison.Ordinal);
        Assert.Contains("artifacts", ignored, StringComparison.Ordinal);
        Assert.DoesNotContain(_lines, static line => line.Contains("SecretKey", StringComparison.OrdinalIgnoreCase));
    }
}
