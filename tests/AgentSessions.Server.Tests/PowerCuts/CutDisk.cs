using System.Text;

namespace AgentSessions.Server.Tests.PowerCuts;

/// <summary>A directory on a disk that loses power: what was flushed is there, of the rest any part.</summary>
/// <remarks>
/// As strict as POSIX: content is durable once its file was flushed, a name once its directory was. Of a write that was not flushed each sector may be
/// missing, whatever came before or after it; of names that were made, changed or removed the last ones may be.
/// </remarks>
internal sealed class CutDisk
{
    private readonly string _directory;
    private readonly Dictionary<string, CutFile> _names = [];
    private readonly Dictionary<string, CutFile> _durableNames = [];
    private readonly List<NameChange> _changes = [];

    // What a flush covers is what was done before it began.
    private readonly Dictionary<TracedCall, Action<bool>> _flushes = new(ReferenceEqualityComparer.Instance);

    /// <summary>A disk that holds what a directory holds now.</summary>
    public CutDisk(string directory)
    {
        _directory = directory;
        foreach (string path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            _names[path] = _durableNames[path] = new CutFile(File.ReadAllBytes(path));
        }
    }

    /// <summary>How many writes it was told of.</summary>
    public int Writes { get; private set; }

    /// <summary>A call begins.</summary>
    public void Begin(TracedCall call)
    {
        if (!IsFlush(call))
        {
            return;
        }

        if (_names.TryGetValue(call.File, out CutFile? file))
        {
            _flushes[call] = file.BeginFlush();
        }
        else if (IsHere(call.File) || call.File == _directory)
        {
            NameChange[] made = [.. _changes.Where(change => Path.GetDirectoryName(change.Path) == call.File)];
            _flushes[call] = isFlushed => Array.ForEach(isFlushed ? made : [], change =>
            {
                if (_changes.Remove(change))
                {
                    change.Apply(_durableNames);
                }
            });
        }
    }

    /// <summary>A call has ended.</summary>
    /// <param name="call">The call.</param>
    /// <param name="result">What it returned; -1 if it failed.</param>
    public void End(TracedCall call, long result)
    {
        if (_flushes.Remove(call, out Action<bool>? flush))
        {
            flush(result == 0);
        }
        else if (result < 0)
        {
            // Nothing happened.
        }
        else if (call.Name is "openat" or "unlink" or "unlinkat" or "rename")
        {
            ChangeName(call);
        }
        else if (call.Files.Count > 0 && _names.TryGetValue(call.File, out CutFile? file) && !IsFlush(call))
        {
            Change(file, call, result);
            Writes++;
        }
    }

    /// <summary>The process was killed within a call: what the call had done by then is seen in the directory.</summary>
    public void Abandon(TracedCall call)
    {
        _flushes.Remove(call);
        if (call.Name == "pwrite64" && _names.TryGetValue(call.File, out CutFile? file))
        {
            byte[] now = File.ReadAllBytes(call.File);
            int offset = (int)Math.Min(call.Number(3), now.Length);
            file.Write(offset, call.Texts[0].AsSpan(0, call.Texts[0].AsSpan().CommonPrefixLength(now.AsSpan(offset))));
        }
        else if ((call.Files.Count > 0 && _names.ContainsKey(call.File)) || call.Texts.Select(Encoding.UTF8.GetString).Any(IsHere))
        {
            // These are over in no time: whether it was done is seen from the outside.
            End(call, IsDone(call) ? 0 : -1);
        }
    }

    /// <summary>Leaves in the directory what a cut of the power may leave.</summary>
    /// <returns>Sectors that were lost.</returns>
    public int Cut(Random random)
    {
        // Between nothing and all of it; half of the cuts in one of the two.
        double kept = Math.Clamp((random.NextDouble() * 2) - 0.5, 0, 1);
        int sector = random.Next(2) == 0 ? 512 : 4096;
        foreach (NameChange change in _changes.Take(random.Next(_changes.Count + 1)))
        {
            change.Apply(_durableNames);
        }

        foreach (string path in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories).Except(_durableNames.Keys))
        {
            File.Delete(path);
        }

        int lost = 0;
        foreach ((string path, CutFile file) in _durableNames)
        {
            File.WriteAllBytes(path, file.Cut(random, kept, sector, ref lost));
        }

        return lost;
    }

    private void ChangeName(TracedCall call)
    {
        string path = call.Path(0);
        if (!IsHere(path))
        {
            return;
        }

        if (call.Name == "rename")
        {
            CutFile moved = _names[path];
            Change(new NameChange(path, null));
            Change(new NameChange(call.Path(1), moved));
        }
        else if (call.Name != "openat")
        {
            Change(new NameChange(path, null));
        }
        else if (call.Numbers.Any(static flags => flags.Contains("O_CREAT", StringComparison.Ordinal)) && !_names.ContainsKey(path))
        {
            Change(new NameChange(path, new CutFile([])));
        }
        else if (call.Numbers.Any(static flags => flags.Contains("O_TRUNC", StringComparison.Ordinal)))
        {
            _names[path].Resize(0);
        }
    }

    private void Change(NameChange change)
    {
        change.Apply(_names);
        _changes.Add(change);
    }

    private static void Change(CutFile file, TracedCall call, long result)
    {
        switch (call.Name)
        {
            case "pwrite64":
                file.Write(call.Number(3), call.Texts[0].AsSpan(0, (int)result));
                break;
            case "ftruncate":
                file.Resize(call.Number(1));
                break;
            default:
                throw new NotSupportedException($"{call.Name} of {call.File} is not understood; the disk would be a wrong one.");
        }
    }

    private static bool IsFlush(TracedCall call) => call.Name is "fsync" or "fdatasync";

    private static bool IsDone(TracedCall call) => call.Name switch
    {
        "unlink" or "unlinkat" => !File.Exists(call.Path(0)),
        "rename" => !File.Exists(call.Path(0)),
        "openat" => File.Exists(call.Path(0)),
        "ftruncate" => new FileInfo(call.File).Length == call.Number(1),
        _ => false,
    };

    private bool IsHere(string path) => path.StartsWith(_directory + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>A name that came to stand for a file, or for none.</summary>
    private sealed record NameChange(string Path, CutFile? File)
    {
        public void Apply(Dictionary<string, CutFile> names)
        {
            if (File is null)
            {
                names.Remove(Path);
            }
            else
            {
                names[Path] = File;
            }
        }
    }
}
