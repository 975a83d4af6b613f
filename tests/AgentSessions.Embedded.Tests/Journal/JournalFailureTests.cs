using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Tests.Journal;

/// <summary>Disks that refuse: what failed never counts, and what follows does.</summary>
public sealed class JournalFailureTests : IDisposable
{
    private const int NoSpace = 28;
    private const int InputOutput = 5;

    /// <summary>Fills a segment.</summary>
    private static readonly string _full = new('f', JournalFixture.SegmentBytes - SegmentHeader.FirstFrame - (3 * FrameHeader.Size));

    /// <summary>Needs a segment of its own.</summary>
    private static readonly string _large = new('l', 2 * JournalFixture.SegmentBytes);

    private readonly JournalFixture _journal = new();

    public void Dispose() => _journal.Dispose();

    [Theory]
    [InlineData(nameof(DiskOperation.Write))]
    [InlineData(nameof(DiskOperation.Sync))]
    public void AFailedGroup_IsNotThereLater(string operation)
    {
        var expected = new List<string>();
        for (int i = 0; i < 20; i++)
        {
            expected.Add($"good {i}");
            _journal.Append(expected[^1]);
            if (i % 3 == 1)
            {
                FailNext(operation, InputOutput);
                StoreUnavailableException failure = Assert.Throws<StoreUnavailableException>(() => _journal.Append($"bad {i}"));
                Assert.False(failure.IsFull);
                using var copy = new TestDirectory();
                StoreFiles.Copy(_journal.Path, copy.Path);

                // Unknown is right here: nobody was told anything, and nothing came after it.
                Assert.Equal(expected, _journal.Recover(copy.Path).Where(group => group.StartsWith("good", StringComparison.Ordinal)));
            }
        }

        expected.Add("good in the end");
        _journal.Append(expected[^1]);
        _journal.Crash();
        Assert.Equal(expected, _journal.Recover());
    }

    [Fact]
    public void AfterAFailedFlush_TheFileIsNotWrittenAgain()
    {
        _journal.Append("good");
        FailNext(nameof(DiskOperation.Sync), InputOutput);
        Assert.Throws<StoreUnavailableException>(() => _journal.Append("bad"));
        string failed = Directory.GetFiles(_journal.Path).Single();
        var written = new List<string>();
        _journal.Probe = (operation, path, _) => written.Add(operation == DiskOperation.Write ? path : "");
        _journal.Append("good again");
        Assert.DoesNotContain(failed, written);
    }

    [Fact]
    public void AFullDisk_FailsGroupsUntilThereIsRoom()
    {
        var expected = new List<string>();
        bool isFull = false;
        _journal.Probe = (operation, _, _) =>
        {
            if (isFull && operation == DiskOperation.Create)
            {
                throw new IOException("No space left on device.", NoSpace);
            }
        };
        int failures = 0;
        for (int i = 0; i < 200; i++)
        {
            isFull = i % 50 > 20;
            string group = $"group {i} " + new string('x', 500);
            try
            {
                _journal.Append(group);
                expected.Add(group);
            }
            catch (StoreUnavailableException exception)
            {
                Assert.True(exception.IsFull);
                failures++;
            }
        }

        Assert.InRange(failures, 20, 150);
        _journal.Crash();
        Assert.Equal(expected, _journal.Recover());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileThatWasToBeTheNextSegment_ClaimsNothing_OnceAnotherIs(bool staysBroken)
    {
        string[] expected = [_full, _large];
        _journal.Append(expected[0]);
        string first = Directory.GetFiles(_journal.Path).Single();

        // The next segment's file is made, and then the frame that leads to it cannot be written, nor what gives the file another use.
        string? next = null;
        bool isBroken = false;
        _journal.Probe = (operation, path, _) =>
        {
            next = operation == DiskOperation.Create ? next ?? path : next;
            isBroken |= next is not null && path == first;
            if (isBroken && (path == first || (staysBroken && path == next)))
            {
                throw new IOException("The disk refuses.", InputOutput);
            }
        };
        Assert.Throws<StoreUnavailableException>(() => _journal.Append(_full));
        _journal.Append(expected[1]);
        _journal.Probe = null;
        _journal.Crash();
        Assert.Equal(expected, _journal.Recover());
    }

    /// <summary>It may be on the disk all the same, and then a start looks for what it leads to.</summary>
    [Fact]
    public void ARollFrameWhoseFlushFailed_LeadsSomewhere_HoweverOftenTheDiskRefuses()
    {
        _journal.Append(_full);
        FailFromTheRollFrameOn();
        Assert.Throws<StoreUnavailableException>(() => _journal.Append(_full));
        Assert.Throws<StoreUnavailableException>(() => _journal.Append("bad"));
        Assert.Throws<IOException>(() => _journal.Log.BeginErasing());
        _journal.Log.Seal();
        _journal.Log.Prepare();
        _journal.Probe = null;
        using (var killed = new TestDirectory())
        {
            StoreFiles.Copy(_journal.Path, killed.Path);
            Assert.Equal([_full], _journal.Recover(killed.Path));
        }

        _journal.Append("good");
        _journal.Log.Prepare();
        _journal.Crash();
        Assert.Equal([_full, "good"], _journal.Recover());
    }

    [Fact]
    public void ASegmentThatSupersedesARollFrame_CountsBeforeTheOneThatTheFrameLeadsTo()
    {
        _journal.Append(_full);
        string[] before = Directory.GetFiles(_journal.Path);
        FailFromTheRollFrameOn();
        Assert.Throws<StoreUnavailableException>(() => _journal.Append(_full));
        string promised = Directory.GetFiles(_journal.Path).Except(before).Single();
        using var killed = new TestDirectory();
        _journal.Probe = (_, path, _) =>
        {
            if (path == promised)
            {
                // About to be given another use: for a moment there are two.
                _journal.Probe = null;
                StoreFiles.Copy(_journal.Path, killed.Path);
            }
        };
        _journal.Append("good");
        Assert.Equal([_full], _journal.Recover(killed.Path));
        _journal.Crash();
        Assert.Equal([_full, "good"], _journal.Recover());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ASupersedingSegmentWhoseHeaderIsDamaged_IsNoticed(bool isLast)
    {
        const int Salt = 12;
        _journal.Append("good");
        FailNext(nameof(DiskOperation.Sync), InputOutput);
        Assert.Throws<StoreUnavailableException>(() => _journal.Append("bad"));
        string[] before = Directory.GetFiles(_journal.Path);
        _journal.Append(_full);
        string superseding = Directory.GetFiles(_journal.Path).Except(before).Single();
        if (!isLast)
        {
            _journal.Append("later");
        }

        _journal.Crash();
        byte[] whole = File.ReadAllBytes(superseding);
        for (int offset = 0; offset < 44; offset++)
        {
            // Without the salt nothing tells a last segment from a file that was used before.
            if (!isLast || offset is < Salt or >= Salt + sizeof(uint))
            {
                byte[] damaged = [.. whole];
                damaged[offset] ^= 4;
                File.WriteAllBytes(superseding, damaged);
                Assert.Throws<StoreDamagedException>(() => _journal.Recover());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ALargeFileWhoseHeaderFails_IsNoSegmentLater(bool staysBroken)
    {
        string[] expected = [_full, _full, _full, "last"];
        _journal.Append(expected[0]);
        string? large = null;
        bool isMade = false;
        _journal.Probe = (operation, path, bytes) =>
        {
            large = operation == DiskOperation.Create ? path : large;

            // It was filled with zeros and flushed; what is written next is its header.
            if (isMade && path == large && operation == DiskOperation.Write)
            {
                isMade = staysBroken;
                throw new IOException("The disk refuses.", InputOutput);
            }

            isMade |= path == large && operation == DiskOperation.Sync;
        };
        Assert.Throws<StoreUnavailableException>(() => _journal.Append(_large));
        _journal.Probe = null;
        foreach (string group in expected[1..])
        {
            _journal.Append(group);
        }

        _journal.Crash();
        Assert.Equal(expected, _journal.Recover());
    }

    [Fact]
    public void AnErasureThatFailed_IsFinishedByTheNext()
    {
        const string Secret = "to be forgotten";
        for (int i = 0; i < 3; i++)
        {
            _journal.Append(Secret + new string('x', _full.Length - Secret.Length));
        }

        JournalPosition place = _journal.Log.BeginErasing();
        string[] files = [.. Directory.GetFiles(_journal.Path).Where(Holds)];
        FailNext(nameof(DiskOperation.Write), InputOutput);
        Assert.Throws<IOException>(() => _journal.Log.Erase(place));
        Assert.Contains(files, Holds);

        _journal.Log.Erase(_journal.Log.BeginErasing());
        Assert.DoesNotContain(Directory.GetFiles(_journal.Path), Holds);

        static bool Holds(string file) => File.ReadAllText(file).Contains(Secret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BeginErasing_BehindAGroupThatFailedInANewSegment_WaitsForNobody()
    {
        _journal.Append(_full);
        _journal.Crash();
        _journal.Log = _journal.Open(out _);
        string first = Directory.GetFiles(_journal.Path).Single();
        bool isRolled = false;
        _journal.Probe = (operation, path, _) =>
        {
            if (isRolled && operation == DiskOperation.Write)
            {
                _journal.Probe = null;
                throw new IOException("The disk refuses.", InputOutput);
            }

            isRolled |= path == first && operation == DiskOperation.Sync;
        };
        Assert.Throws<StoreUnavailableException>(() => _journal.Append(_full));
        JournalPosition place = await Task.Run(_journal.Log.BeginErasing).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(_journal.Log.Applied, place);
    }

    /// <summary>The disk takes the frame that leads to the next segment, fails its flush, and refuses everything from then on.</summary>
    private void FailFromTheRollFrameOn()
    {
        string current = Directory.GetFiles(_journal.Path).Single();
        bool isBroken = false;
        _journal.Probe = (operation, path, _) =>
        {
            isBroken |= operation == DiskOperation.Sync && path == current;
            if (isBroken && operation != DiskOperation.Read)
            {
                throw new IOException("The disk refuses.", InputOutput);
            }
        };
    }

    private void FailNext(string operation, int error)
    {
        _journal.Probe = (actual, _, _) =>
        {
            if (actual.ToString() == operation)
            {
                _journal.Probe = null;
                throw new IOException("The disk refuses.", error);
            }
        };
    }
}
