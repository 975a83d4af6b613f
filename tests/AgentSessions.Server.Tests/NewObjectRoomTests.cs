using System.Net.Sockets;
using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>A server makes room for new objects by replacing itself; nobody who started it notices.</summary>
public sealed class NewObjectRoomTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("room-");

    [Fact]
    public async Task Start_WithoutTheVariable_GoesOnAsTheSameProcessWithMoreRoom()
    {
        bool hasMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= 2L << 30;
        await using ServerProcess server = await ServerProcess.StartAsync(_data.FullName, "--AgentSessions:No Such=a b");

        string environment = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/environ");

        Assert.Equal(hasMemory, environment.Contains("DOTNET_GCgen0size=0x8000000", StringComparison.Ordinal));
        Assert.Contains("AgentSessions:No Such", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_LeavesTheRuntimesDiagnosticsReachable()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_data.FullName);

        // Processes that were killed leave theirs behind, and ids come again.
        string path = Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{server.ProcessId}-*").MaxBy(File.GetLastWriteTimeUtc)!;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
    }

    public void Dispose() => _data.Delete(recursive: true);
}
