using System.Diagnostics;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Network;

/// <summary>A network of <c>deploy/local-network</c>, whose links a test cuts and heals. Place 0 is this machine, with the database and the test.</summary>
internal sealed class LocalNetwork(string name)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);
    private static readonly Lazy<string?> _whyNot = new(TryOne);

    /// <summary>Why no network can be made here, as one line; null if one can.</summary>
    public static string? WhyNot => _whyNot.Value;

    /// <summary>What its namespaces and links begin with.</summary>
    public string Name => name;

    /// <summary>A name that no other test process uses.</summary>
    public static string NewName() => $"as{Environment.ProcessId}";

    /// <summary>From now on what one place sends to another gets lost.</summary>
    public Task DropAsync(int from, int to) => RunAsync("drop", name, $"{from}", $"{to}");

    /// <summary>From now on what two places send each other gets lost.</summary>
    public async Task CutAsync(int one, int other)
    {
        await DropAsync(one, other);
        await DropAsync(other, one);
    }

    /// <summary>Nothing gets lost any more.</summary>
    public Task HealAsync() => RunAsync("heal", name);

    private static string? TryOne()
    {
        string probe = $"{NewName()}x";
        try
        {
            RunAsync("up", probe, "1").GetAwaiter().GetResult();
            RunAsync("down", probe).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"Network namespaces cannot be made here: {exception.Message.ReplaceLineEndings(" ")}";
        }
    }

    private static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "local-network"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync().WaitAsync(_limit);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(errors.Trim());
        }
    }
}
