using System.Text;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>The disk of <see cref="PowerCutTests"/>: it forgets all that it may and nothing else.</summary>
public sealed class CutDiskTests : IDisposable
{
    private const int Cuts = 100;

    private readonly string _directory = Directory.CreateTempSubdirectory("disk-").FullName;
    private readonly string _report;

    public CutDiskTests()
    {
        _report = Path.GetTempFileName();
        File.WriteAllText(PathOf("old"), "before");
    }

    public void Dispose()
    {
        File.Delete(_report);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void AFlushedWrite_IsThere()
    {
        string write = Write("old", "after!", 0), flush = $"fdatasync(5<{Hex(PathOf("old"))}>) = 0 (DELAYED)";
        Assert.Equal(["after!"], After([write, flush], "old"));
        Assert.Equal(["after!", "before"], After([flush, write], "old"));
    }

    [Fact]
    public void AWriteWithinAFlush_IsNotCoveredByIt()
    {
        string file = Hex(PathOf("old"));
        string[] calls =
        [
            Write("old", "B", 0),
            $"fdatasync(5<{file}> <unfinished ...>",
            $"2 pwrite64(5<{file}>, \"{Hex("E")}\", 1, 1) = 1",
            "<... fdatasync resumed>) = 0",
        ];
        Assert.Equal(["BEfore", "Before"], After(calls, "old"));
    }

    [Fact]
    public void WhatAFailedFlushLeft_NoLaterOneCovers_UnlessItIsWrittenAgain()
    {
        string write = Write("old", "after!", 0), flush = $"fdatasync(5<{Hex(PathOf("old"))}>) = ", failure = "-1 EIO (Input/output error) (INJECTED)";
        Assert.Equal(["after!", "before"], After([write, flush + failure, flush + "0"], "old"));
        Assert.Equal(["after!"], After([write, flush + failure, write, flush + "0"], "old"));
    }

    [Fact]
    public void EachSectorOfAWrite_MayBeMissing()
    {
        string[] found = After([Write("old", new string('x', 4096), 256)], "old");
        Assert.Contains(found, static text => text.Length == 256 + 4096 && text.StartsWith("before\0", StringComparison.Ordinal) && text.Contains("\0x") && text.Contains("x\0"));
    }

    [Fact]
    public void AName_NeedsAFlushOfItsDirectory()
    {
        string make = $"openat(AT_FDCWD<{Hex("/")}>, \"{Hex(PathOf("new"))}\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 7<{Hex(PathOf("new"))}>";
        string write = Write("new", "content", 0), flush = $"fdatasync(7<{Hex(PathOf("new"))}>) = 0", flushNames = $"fsync(8<{Hex(_directory)}>) = 0";
        Assert.Equal(["", "content"], After([make, write, flush], "new").Select(static text => text ?? "").Order());
        Assert.Equal(["content"], After([make, write, flush, flushNames], "new"));
        Assert.Equal(["before", null], After([$"unlink(\"{Hex(PathOf("old"))}\") = 0"], "old").Order().Reverse());
    }

    /// <summary>What a file may hold, null where it may be missing.</summary>
    private string[] After(string[] calls, string name)
    {
        File.WriteAllLines(_report, calls.Select(static call => char.IsDigit(call[0]) ? call : $"1 {call}"));
        var found = new HashSet<string?>();
        for (int seed = 0; seed < Cuts; seed++)
        {
            Array.ForEach(Directory.GetFiles(_directory), File.Delete);
            File.WriteAllText(PathOf("old"), "before");
            var disk = new CutDisk(_directory);
            DiskTrace.Play(_report, disk);
            disk.Cut(new Random(seed));
            found.Add(File.Exists(PathOf(name)) ? File.ReadAllText(PathOf(name)) : null);
        }

        return [.. found.Order(StringComparer.Ordinal)!];
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private string Write(string name, string text, int offset) => $"pwrite64(5<{Hex(PathOf(name))}>, \"{Hex(text)}\", {text.Length}, {offset}) = {text.Length}";

    private static string Hex(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(static value => $"\\x{value:x2}"));
}
