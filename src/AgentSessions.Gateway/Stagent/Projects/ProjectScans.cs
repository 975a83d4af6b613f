using System.Collections.Concurrent;
using System.Text;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Projects;

/// <summary>The configured projects with their latest scans. A scan that fails is logged and fails nothing else.</summary>
internal sealed partial class ProjectScans(IOptions<StagentOptions> options, TimeProvider time, ILogger<ProjectScans> logger)
{
    /// <summary>How long a scan is good for.</summary>
    private static readonly TimeSpan _freshness = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, ProjectScan> _scans = new(StringComparer.Ordinal);

    /// <summary>Looks at a project's directory in the background unless that was done lately.</summary>
    public void Refresh(string? projectId)
    {
        if (Find(projectId) is { Directory: not null } project && !IsFresh(projectId!))
        {
            _ = Task.Run(() => Scan(projectId!, project));
        }
    }

    /// <summary>What an agent is told of a conversation's project; null if it has none that is known.</summary>
    public string? Describe(string? projectId)
    {
        if (Find(projectId) is not { } project)
        {
            return null;
        }

        if (project.Directory is not null && !IsFresh(projectId!))
        {
            Scan(projectId!, project);
        }

        var text = new StringBuilder();
        text.AppendLine($"Project: {project.Name ?? projectId}");
        if (project.Directory is not null)
        {
            text.AppendLine($"Working directory: {project.Directory}");
        }

        if (_scans.TryGetValue(projectId!, out ProjectScan? scan))
        {
            scan.Describe(text);
        }

        return text.ToString();
    }

    private ProjectOptions? Find(string? projectId) => projectId is null ? null : options.Value.Projects.GetValueOrDefault(projectId);

    private bool IsFresh(string projectId) => _scans.TryGetValue(projectId, out ProjectScan? scan) && time.GetUtcNow() - scan.At < _freshness;

    private void Scan(string projectId, ProjectOptions project)
    {
        try
        {
            _scans[projectId] = ProjectScan.Of(project.Directory!, time.GetUtcNow());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or System.Security.SecurityException)
        {
            LogScanFailed(projectId, exception);
        }
    }

    [LoggerMessage(5403, LogLevel.Warning, "The directory of project {ProjectId} cannot be scanned")]
    private partial void LogScanFailed(string projectId, Exception exception);
}
