using System.Diagnostics;
using AgentSessions.TestServer;

namespace AgentSessions.Templates.Tests;

/// <summary>What a new user does: install, create, build, run.</summary>
[Collection(PackedFolderCollection.Name)]
public sealed class TemplateTests(PackedFolder packed)
{
    private const string Key = "tr_dev_0123456789abcdefghijklmnopqrstuvwxyzABCD";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task ServerTemplate_BuildsAndAnswers()
    {
        await packed.DotnetAsync(packed.Work, "new", "agentsessions-server", "-n", "Shop");
        string project = Path.Combine(packed.Work, "Shop");
        string output = Path.Combine(project, "out");
        await packed.DotnetAsync(project, "build", "--nologo", "-v:quiet", "-warnaserror", "-o", output);

        ProcessStartInfo start = packed.Dotnet(project, Path.Combine(output, "Shop.dll"), "--urls=http://127.0.0.1:0", $"--AgentSessions:SecretKey={Key}");
        foreach (string variable in (string[])["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_HOST"])
        {
            start.Environment.Remove(variable);
        }

        using Process server = Process.Start(start)!;
        try
        {
            using var limit = new CancellationTokenSource(_limit);
            using var client = new WireClient(await ListeningAsync(server, limit.Token), Key);
            await client.StartAsync("first", "support", limit.Token);
            IReadOnlyList<WireRecord> answer = await client.AskAsync("first", "hello", limit.Token);

            Assert.StartsWith("You said: hello.", string.Concat(answer.Select(static record => record.Delta)), StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("Orders")]
    [InlineData("my-orders")]
    public async Task AgentTemplate_PassesItsTests(string name)
    {
        await packed.DotnetAsync(packed.Work, "new", "agentsessions-agent", "-n", name);
        string printed = await packed.DotnetAsync(Path.Combine(packed.Work, name, $"{name}.Tests"), "test", "--nologo");

        Assert.Contains("Passed:     2", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_InstallsAndRuns()
    {
        string tools = Path.Combine(packed.Work, "tools");
        await packed.DotnetAsync(packed.Work, "tool", "install", "AgentSessions.Cli", "--tool-path", tools);
        ProcessStartInfo start = packed.Dotnet(packed.Work, "--help");
        start.FileName = Path.Combine(tools, OperatingSystem.IsWindows() ? "agentsessions.exe" : "agentsessions");
        using Process tool = Process.Start(start)!;
        string help = await tool.StandardOutput.ReadToEndAsync().WaitAsync(_limit);

        Assert.Contains("chat", help, StringComparison.Ordinal);
    }

    private static async Task<Uri> ListeningAsync(Process server, CancellationToken cancellationToken)
    {
        while (await server.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Trim() is ['l', 'i', 's', 't', 'e', 'n', 'i', 'n', 'g', .. var address])
            {
                return new Uri(address.Trim());
            }
        }

        throw new InvalidOperationException($"The server ended: {await server.StandardError.ReadToEndAsync(cancellationToken)}");
    }
}
