using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Entries;

/// <summary>A commit that was judged good, with what the judgement gave it.</summary>
internal sealed class AppliedCommit
{
    /// <summary>The session's number in the store.</summary>
    public long Number { get; set; }

    /// <summary>Whether it makes the session.</summary>
    public bool Creates { get; set; }

    /// <summary>The version its row gets, if it has one.</summary>
    public long Version { get; set; }

    /// <summary>The changes.</summary>
    public SessionCommit Commit { get; set; } = null!;

    /// <summary>For each append, where its records start in the group's bytes.</summary>
    public List<int> Offsets { get; } = [];

    /// <summary>For each state, the version it gets.</summary>
    public List<long> StateVersions { get; } = [];

    /// <summary>Makes it ready to be used again.</summary>
    public void Clear()
    {
        Commit = null!;
        Offsets.Clear();
        StateVersions.Clear();
    }
}
