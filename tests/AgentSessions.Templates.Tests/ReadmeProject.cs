using System.Text;
using System.Text.RegularExpressions;
using AgentSessions.TestServer;

namespace AgentSessions.Templates.Tests;

/// <summary>
/// A project out of the C# blocks of the documentation. Blocks of one page share their usings and see each other's types; what a page takes for
/// granted, such as <c>builder</c> or <c>SupportAgent</c>, is in <c>ReadmeContext.txt</c>.
/// </summary>
internal sealed partial class ReadmeProject(PackedFolder packed)
{
    // Tools and templates are not referred to; the rest is, where this build made it.
    private static readonly string[] _left = ["AgentSessions.Cli", "AgentSessions.Templates"];

    /// <summary>Where the project is.</summary>
    public string Directory { get; } = Path.Combine(packed.Work, "Readmes");

    /// <summary>Writes it.</summary>
    /// <returns>How many blocks there are.</returns>
    public int Write()
    {
        System.IO.Directory.CreateDirectory(Directory);
        Dictionary<string, string> packages = System.IO.Directory.GetFiles(packed.Packages, "*.nupkg").Select(static file => PackageFile().Match(Path.GetFileName(file)))
            .ToDictionary(static match => match.Groups["id"].Value, static match => match.Groups["version"].Value);
        File.WriteAllText(Path.Combine(Directory, "Readmes.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Library</OutputType>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <NoWarn>$(NoWarn);CS0162;CS1998;CS8321</NoWarn>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(packages.Where(static package => !_left.Contains(package.Key)).Select(static package => $"""<PackageReference Include="{package.Key}" Version="{package.Value}" />"""))}
              </ItemGroup>
            </Project>
            """);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "ReadmeContext.txt"), Path.Combine(Directory, "Context.cs"), overwrite: true);

        string[] pages =
        [
            Path.Combine(Repository.Root, "README.md"),
            .. System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md"),
            .. System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "docs", "packages"), "*.md")
                .Where(page => packages.ContainsKey(Path.GetFileNameWithoutExtension(page))),
        ];
        return pages.Sum(Write);
    }

    private int Write(string page)
    {
        string[] blocks = [.. Block().Matches(File.ReadAllText(page)).Select(static match => match.Groups["code"].Value.Replace("{ … }", "{ }", StringComparison.Ordinal))];
        if (blocks.Length == 0)
        {
            return 0;
        }

        var code = new StringBuilder();
        foreach (string used in blocks.SelectMany(static block => Using().Matches(block)).Select(static match => match.Value.Trim()).Distinct())
        {
            code.AppendLine(used);
        }

        code.AppendLine("using static Readmes.Context;");
        code.AppendLine($"namespace Readmes.{Name().Replace(Path.GetFileNameWithoutExtension(page), "_")}Page\n{{");
        for (int i = 0; i < blocks.Length; i++)
        {
            string line = $"#line {i + 1}00 \"{Path.GetFileName(page)}\"";
            string body = Using().Replace(blocks[i], "").Trim();
            code.AppendLine(body switch
            {
                ['[', 'F', 'a', 'c', 't', ..] => $"public class Block{i}\n{{\n{line}\n{body}\n}}",
                _ when Declaration().IsMatch(body) => $"{line}\n{body}",
                _ => $"public static class Block{i}\n{{\npublic static async Task<int> RunAsync()\n{{\n{line}\n{body}\n#line default\nreturn 0;\n}}\n}}",
            });
        }

        code.AppendLine("}");
        File.WriteAllText(Path.Combine(Directory, Name().Replace(Path.GetFileName(page), "_") + ".cs"), code.ToString());
        return blocks.Length;
    }

    [GeneratedRegex(@"^(?<id>AgentSessions(\.[A-Za-z]+)*)\.(?<version>\d.*)\.nupkg$")]
    private static partial Regex PackageFile();

    [GeneratedRegex(@"^```csharp\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [A-Z][\w.]*;.*$", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^(public |\[)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\W")]
    private static partial Regex Name();
}
