using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Tests.Journal;

public sealed class JournalRecoveryTests : IDisposable
{
    private static readonly string[] _groups = ["first group", "", "third", "the fourth is a little longer", "last"];

    private readonly JournalFixture _journal = new();

    public void Dispose() => _journal.Dispose();

    [Fact]
    public void Open_AfterACrash_GivesEveryGroupInOrder()
    {
        string[] groups = [.. Enumerable.Range(0, 300).Select(i => $"group {i} " + new string('x', i))];
        Array.ForEach(groups, group => _journal.Append(group));
        _journal.Crash();
        Assert.Equal(groups, _journal.Recover());
        Assert.True(Files().Length > 5);
    }

    [Fact]
    public void Prepare_OfASegmentThatTheWriterHasTaken_MakesNoSecondOne()
    {
        _journal.Crash();
        JournalSettings settings = _journal.Settings();
        var spares = new SpareFiles(settings);
        JournalSegment taken = spares.Take(7, JournalFixture.SegmentBytes, supersedes: 0, firstSequence: 1);

        spares.Prepare(7);
        taken.File.Dispose();
        spares.Close();

        JournalFiles.Open(settings).Close();
    }

    [Fact]
    public void Open_AfterEveryReopening_GoesOnBehindTheLastGroup()
    {
        var expected = new List<string>();
        for (int round = 0; round < 20; round++)
        {
            expected.Add($"round {round} " + new string('y', round * 40));
            _journal.Append(expected[^1]);
            if (round % 3 == 0)
            {
                _journal.Log.Seal();
            }

            _journal.Crash();
            _journal.Log = _journal.Open(out List<string> groups);
            Assert.Equal(expected, groups);
        }
    }

    [Fact]
    public void Open_FromAPlace_GivesWhatFollows()
    {
        for (int i = 0; i < 50; i++)
        {
            _journal.Append($"before {i} " + new string('z', 500));
        }

        JournalPosition place = _journal.Log.Applied;
        _journal.Append("after");
        _journal.Log.Release(place);
        _journal.Crash();
        Assert.Equal(["after"], _journal.Recover(from: place));
    }

    [Fact]
    public void AGroupLargerThanASegment_GetsOneOfItsOwn()
    {
        string large = new('l', 5 * JournalFixture.SegmentBytes);
        _journal.Append("small");
        _journal.Append(large);
        _journal.Append("small again");
        _journal.Crash();
        Assert.Equal(["small", large, "small again"], _journal.Recover());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATornLastGroup_CutAtEveryByte_IsDroppedAndNothingElse(bool garbage)
    {
        FramePlace last = Array.ConvertAll(_groups, _journal.Append)[^1];
        _journal.Crash();
        byte[] whole = File.ReadAllBytes(Files()[0]);
        int start = (int)last.Offset - FrameHeader.Size;
        int end = (int)last.Offset + _groups[^1].Length;
        for (int cut = start; cut < end; cut++)
        {
            byte[] torn = [.. whole];
            torn.AsSpan(cut).Clear();
            if (garbage)
            {
                new Random(cut).NextBytes(torn.AsSpan(cut, 600));
            }

            File.WriteAllBytes(Files()[0], torn);
            using (JournalLog log = _journal.Open(out List<string> groups))
            {
                Assert.Equal(_groups[..^1], groups);
                JournalFixture.Append(log, "a new group");
            }

            Assert.Equal([.. _groups[..^1], "a new group"], _journal.Recover());
        }
    }

    [Fact]
    public void ADamagedGroup_AtEveryByte_IsNoticed()
    {
        FramePlace[] places = Array.ConvertAll(_groups, _journal.Append);
        _journal.Log.Seal();
        _journal.Crash();
        byte[] whole = File.ReadAllBytes(Files()[0]);
        int start = (int)places[0].Offset - FrameHeader.Size;
        int end = (int)places[^1].Offset + _groups[^1].Length;
        var groups = new HashSet<int>();
        for (int i = 0; i < _groups.Length; i++)
        {
            groups.UnionWith(Enumerable.Range((int)places[i].Offset - FrameHeader.Size, FrameHeader.Size + _groups[i].Length));
        }

        for (int offset = start; offset < end; offset++)
        {
            byte[] damaged = [.. whole];
            damaged[offset] ^= (byte)(1 << (offset % 8));
            File.WriteAllBytes(Files()[0], damaged);
            if (groups.Contains(offset))
            {
                Assert.Contains("journal", Assert.Throws<StoreDamagedException>(() => _journal.Recover()).Message);
            }
            else
            {
                Assert.Equal(_groups, _journal.Recover());
            }
        }
    }

    [Fact]
    public void ADamagedEndOfASegmentThatIsNotTheLast_IsNoticed()
    {
        FramePlace[] places = [.. Enumerable.Range(0, 20).Select(i => _journal.Append($"group {i} " + new string('x', 800)))];
        _journal.Crash();
        byte[] whole = File.ReadAllBytes(Files()[0]);
        long roll = places.Last(place => place.Segment == 1).Offset + (places[1].Offset - places[0].Offset) - FrameHeader.Size;
        for (long offset = roll; offset < roll + FrameHeader.Size; offset++)
        {
            byte[] damaged = [.. whole];
            damaged[offset] ^= 1;
            File.WriteAllBytes(Files()[0], damaged);
            Assert.Throws<StoreDamagedException>(() => _journal.Recover());
        }

        File.WriteAllBytes(Files()[0], whole);
        Assert.Equal(20, _journal.Recover().Count);
    }

    [Fact]
    public void ADamagedSeal_LosesNothing()
    {
        FramePlace last = Array.ConvertAll(_groups, _journal.Append)[^1];
        _journal.Log.Seal();
        _journal.Crash();
        byte[] damaged = File.ReadAllBytes(Files()[0]);
        damaged[last.Offset + 8 + 3] ^= 1;
        File.WriteAllBytes(Files()[0], damaged);
        Assert.Equal(_groups, _journal.Recover());
    }

    [Fact]
    public void AMissingShortOrHeadlessSegment_IsNoticed()
    {
        for (int i = 0; i < 40; i++)
        {
            _journal.Append($"group {i} " + new string('x', 600));
        }

        _journal.Crash();
        foreach (string file in Files())
        {
            byte[] whole = File.ReadAllBytes(file);
            File.Delete(file);
            Assert.Throws<StoreDamagedException>(() => _journal.Recover());
            File.WriteAllBytes(file, whole[..^1]);
            Assert.Throws<StoreDamagedException>(() => _journal.Recover());
            File.WriteAllBytes(file, []);
            Assert.Throws<StoreDamagedException>(() => _journal.Recover());
            whole[20] ^= 4;
            File.WriteAllBytes(file, whole);
            Assert.Throws<StoreDamagedException>(() => _journal.Recover());
            whole[20] ^= 4;
            File.WriteAllBytes(file, whole);
        }

        Assert.Equal(40, _journal.Recover().Count);
    }

    [Fact]
    public void AFileUsedAgain_BringsNothingOldBack()
    {
        for (int round = 0; round < 30; round++)
        {
            for (int i = 0; i < 9; i++)
            {
                _journal.Append($"old {round} {i} " + new string('x', 700));
            }

            JournalPosition place = _journal.Log.Applied;
            _journal.Log.Release(place);
            _journal.Append($"kept {round}");
            using var copy = new TestDirectory();
            StoreFiles.Copy(_journal.Path, copy.Path);
            Assert.Equal([$"kept {round}"], _journal.Recover(copy.Path, place));
        }

        Assert.True(Files().Length < 8, "Files are not used again.");
    }

    [Fact]
    public void Create_OverAJournal_Refuses()
    {
        _journal.Append("something");
        _journal.Crash();
        Assert.Throws<StoreDamagedException>(() => JournalRecovery.Create(_journal.Settings()));
    }

    private string[] Files() => [.. Directory.GetFiles(_journal.Path, "journal-*").Order()];
}
