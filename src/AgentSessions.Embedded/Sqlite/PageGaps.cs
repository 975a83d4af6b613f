using System.Buffers.Binary;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Erases what SQLite leaves in the unused middle of its pages.</summary>
/// <remarks>
/// With <c>secure_delete</c> SQLite zeroes what is deleted, but when it balances a tree it moves cells between pages and leaves old copies in
/// the gap between a page's cell pointers and its cells. Such a copy outlives the deletion of the row. SQLite never reads the gap, so it can
/// be zeroed under it once the pages are in the database file. The format is published and frozen (sqlite.org/fileformat2.html, section 1.6).
/// </remarks>
internal static class PageGaps
{
    private const int FirstPageHeader = 100;
    private const byte InteriorIndex = 2;
    private const byte InteriorTable = 5;
    private const byte LeafIndex = 10;
    private const byte LeafTable = 13;

    /// <summary>From this many pages on, 128 GiB, pages of trees cannot be told from others, and nothing is erased.</summary>
    private const long MaxPages = 1 << 25;

    /// <summary>Zeroes the gaps of all pages of a database file that nobody has open.</summary>
    public static void EraseAll(DataFile file, int pageSize) =>
        Erase(file, pageSize, Enumerable.Range(1, (int)Math.Min(file.Length / pageSize, MaxPages)).Select(static number => (uint)number));

    /// <summary>Zeroes the gaps of pages in the database file.</summary>
    /// <param name="file">The database, which nobody writes to meanwhile.</param>
    /// <param name="pageSize">Its page size.</param>
    /// <param name="pages">The numbers of pages, from 1. Pages that are not of a tree are left alone.</param>
    public static void Erase(DataFile file, int pageSize, IEnumerable<uint> pages)
    {
        if (file.Length / pageSize >= MaxPages)
        {
            return;
        }

        byte[] page = new byte[pageSize];
        bool isChanged = false;
        foreach (uint number in pages)
        {
            long offset = (number - 1L) * pageSize;
            if (file.Read(page, offset) < pageSize)
            {
                continue;
            }

            (int start, int end) = GapOf(page, number == 1 ? FirstPageHeader : 0);
            Span<byte> gap = page.AsSpan(start, end - start);
            if (gap.ContainsAnyExcept((byte)0))
            {
                gap.Clear();
                file.Write(gap, offset + start);
                isChanged = true;
            }
        }

        if (isChanged)
        {
            file.Flush();
        }
    }

    /// <remarks>
    /// Pages of other kinds start with the number of another page, whose first byte is 0 as long as the file has less than 2^25 pages; or they
    /// are all zeros.
    /// </remarks>
    private static (int Start, int End) GapOf(ReadOnlySpan<byte> page, int header)
    {
        int headerSize = page[header] switch
        {
            InteriorIndex or InteriorTable => 12,
            LeafIndex or LeafTable => 8,
            _ => 0,
        };
        int cells = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 3)..]);
        int start = header + headerSize + (2 * cells);
        int end = BinaryPrimitives.ReadUInt16BigEndian(page[(header + 5)..]);
        return headerSize == 0 || end > page.Length || start > end ? (0, 0) : (start, end);
    }
}
