using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Tests.Journal;

/// <summary>Power that fails between a write and the end of its flush: any sectors of what was written since the flush before may be missing.</summary>
public sealed class JournalPowerTests
{
    private const int SectorBytes = 512;

    [Fact]
    public void AGroupBehindASeal_WithAnySectorsMissing_IsThereOrNot()
    {
        // Every place of the seal in its sector, the last of them included.
        for (int length = 0; length < SectorBytes; length += FrameHeader.Alignment)
        {
            using var journal = new JournalFixture();
            string[] groups = [new('a', length), new('b', 2 * SectorBytes)];
            journal.Append(groups[0]);
            byte[] flushed = Bytes(journal);
            journal.Log.Seal();
            journal.Append(groups[1]);
            journal.Crash();
            byte[] written = Bytes(journal);
            int[] changed = Changed(flushed, written);
            for (int kept = 0; kept < 1 << changed.Length; kept++)
            {
                File.WriteAllBytes(FileOf(journal), Mix(flushed, written, changed, i => (kept >> i & 1) != 0));
                List<string> found = journal.Recover();
                Assert.Equal(groups.Take(found.Count), found);
                Assert.InRange(found.Count, 1, 2);
            }
        }
    }

    [Fact]
    public void GroupsThatAreNotFlushed_WithAnySectorsMissing_AreCutAtTheFirst_AndWhatFollowsCounts()
    {
        string[] groups = [.. Enumerable.Range(0, 9).Select(i => new string((char)('a' + i), 40 + (i * 61)))];
        var counts = new HashSet<int>();
        for (int seed = 0; seed < 300; seed++)
        {
            using var journal = new JournalFixture(flushGroups: false);
            byte[] flushed = Bytes(journal);
            Array.ForEach(groups, group => journal.Append(group));
            journal.Crash();
            byte[] written = Bytes(journal);
            var random = new Random(seed);
            File.WriteAllBytes(FileOf(journal), Mix(flushed, written, Changed(flushed, written), _ => random.Next(4) > 0));
            using (JournalLog log = journal.Open(out List<string> found))
            {
                Assert.Equal(groups.Take(found.Count), found);
                counts.Add(found.Count);
                JournalFixture.Append(log, groups[found.Count % groups.Length]);
            }

            // Least of all may a later group that was cut off come back behind one that takes its place.
            List<string> again = journal.Recover();
            Assert.Equal([.. groups.Take(again.Count - 1), groups[(again.Count - 1) % groups.Length]], again);
        }

        Assert.InRange(counts.Count, 4, groups.Length + 1);
    }

    [Fact]
    public void AGap_WhereGroupsAreFlushed_IsDamage()
    {
        using var journal = new JournalFixture();
        FramePlace first = journal.Append("first");
        journal.Append("second");
        journal.Crash();
        byte[] bytes = Bytes(journal);
        bytes[first.Offset] ^= 1;
        File.WriteAllBytes(FileOf(journal), bytes);
        Assert.Throws<StoreDamagedException>(() => journal.Recover());
    }

    [Theory]
    [InlineData(nameof(DiskOperation.Write))]
    [InlineData(nameof(DiskOperation.Sync))]
    public void GroupsThatAreNotFlushed_BeforeAFailure_AreWrittenAgainAndFlushed_BeforeTheNextSegmentSaysThatTheyCount(string operation)
    {
        using var journal = new JournalFixture(flushGroups: false);
        var expected = new List<string>();
        var done = new List<(DiskOperation Operation, string Path)>();
        string first = FileOf(journal);
        bool isBroken = false;
        journal.Probe = (actual, path, _) =>
        {
            if (actual != DiskOperation.Read)
            {
                done.Add((actual, path));
            }

            if (isBroken && actual.ToString() == operation)
            {
                isBroken = false;
                throw new IOException("The disk refuses.", 5);
            }
        };
        while (journal.Log.HasRoomFor(1000))
        {
            expected.Add(new string('x', 1000));
            journal.Append(expected[^1]);
        }

        // The next segment is ready, so that the first thing to fail is the frame that leads to it.
        journal.Log.Prepare();
        isBroken = true;
        Assert.Throws<StoreUnavailableException>(() => journal.Append(new string('y', 1000)));
        done.Clear();
        expected.Add("after");
        journal.Append(expected[^1]);
        Assert.Equal([(DiskOperation.Write, first), (DiskOperation.Sync, first)], done.Take(2));
        Assert.DoesNotContain(done.Skip(2), step => step.Path == first);
        journal.Crash();
        Assert.Equal(expected, journal.Recover());
    }

    [Fact]
    public void Open_FlushesWhatItGivesOut_AfterTheLastOfItWasWrittenAgain()
    {
        using var journal = new JournalFixture();
        for (int i = 0; i < 30; i++)
        {
            journal.Append(new string('x', 600));
        }

        journal.Crash();
        string[] files = [.. Directory.GetFiles(journal.Path, "journal-*").Order()];
        var done = new List<(DiskOperation Operation, string Path)>();
        journal.Probe = (operation, path, _) => done.Add((operation, path));
        Assert.Equal(30, journal.Recover().Count);
        Assert.True(files.Length > 2);
        Assert.Equal((DiskOperation.Write, files[^1]), done.First(static step => step.Operation != DiskOperation.Read));
        Assert.Equal(files, done.Where(static step => step.Operation == DiskOperation.Sync).Select(static step => step.Path).Distinct().Order());
    }

    private static string FileOf(JournalFixture journal) => Directory.GetFiles(journal.Path, "journal-*").Single();

    private static byte[] Bytes(JournalFixture journal) => File.ReadAllBytes(FileOf(journal));

    private static int[] Changed(byte[] before, byte[] after) =>
        [.. Enumerable.Range(0, after.Length / SectorBytes).Where(sector => !SectorOf(before, sector).SequenceEqual(SectorOf(after, sector)))];

    private static byte[] Mix(byte[] before, byte[] after, int[] changed, Func<int, bool> isKept)
    {
        byte[] mixed = [.. before];
        for (int i = 0; i < changed.Length; i++)
        {
            if (isKept(i))
            {
                SectorOf(after, changed[i]).CopyTo(SectorOf(mixed, changed[i]));
            }
        }

        return mixed;
    }

    private static Span<byte> SectorOf(byte[] bytes, int sector) => bytes.AsSpan(sector * SectorBytes, SectorBytes);
}
