using System.Reflection;

namespace AgentSessions.Pages.Files;

/// <summary>Every file of the pages, built into this assembly: nothing is read from a disk, nothing comes from another server.</summary>
internal sealed class PageFiles
{
    private const string Root = "wwwroot/";

    private static readonly Dictionary<string, string> _types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    private readonly Dictionary<string, PageFile> _files = new(StringComparer.Ordinal);

    public PageFiles()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Root, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            _files[name[Root.Length..].Replace('\\', '/')] = new PageFile(_types[Path.GetExtension(name)], bytes.ToArray());
        }
    }

    /// <summary>A file by its path below the root, such as <c>chat/app.js</c>; null if there is none.</summary>
    public PageFile? Find(string path) => _files.GetValueOrDefault(path);
}
