using System.Globalization;
using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>The clock of a server that tests set, while it runs, to another time than the machine's. Time that passes is measured as ever, as when somebody sets a real clock.</summary>
/// <param name="file">Where the server's clock reads how far it is off.</param>
internal sealed class JumpingClock(string file)
{
    private static readonly TimeSpan _tolerance = TimeSpan.FromMinutes(10);

    /// <summary>What stands before the server's command.</summary>
    public IReadOnlyList<string> Launcher =>
    [
        "env", $"LD_PRELOAD={FaketimeFactAttribute.Library}", $"FAKETIME_TIMESTAMP_FILE={file}", "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1",
    ];

    /// <summary>How far it is off.</summary>
    public TimeSpan Offset { get; private set; }

    /// <summary>Sets it, for a server that is about to start.</summary>
    public void Set(TimeSpan offset)
    {
        Offset = offset;
        string next = file + ".next";
        File.WriteAllText(next, $"{((long)offset.TotalSeconds).ToString("+0;-0;+0", CultureInfo.InvariantCulture)}s\n");
        File.Move(next, file, overwrite: true);
    }

    /// <summary>Sets it, and waits until a running server goes by it.</summary>
    public async Task JumpAsync(TimeSpan offset, Uri server)
    {
        Set(offset);
        using var http = new HttpClient { BaseAddress = server };
        await Eventually.TrueAsync(
            async () =>
            {
                using HttpResponseMessage response = await http.GetAsync("/");
                return (response.Headers.Date!.Value - DateTimeOffset.UtcNow - offset).Duration() < _tolerance;
            },
            $"a server whose clock is {offset} off");
    }
}
