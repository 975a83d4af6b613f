using AgentSessions.Core.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Hosting;

/// <summary>What becomes of a node that cannot go on, as a rule because others called it dead while it hung or was cut off: it comes back as a new one.</summary>
/// <remarks>
/// Whatever it still had in hand others own by now, so it ends at once, as in a crash. Where the host cannot start itself anew, a supervisor must. Who
/// was asked to leave does not come back.
/// </remarks>
internal sealed partial class NodeEnd(IEnumerable<INodeRestart> restarts, IHostApplicationLifetime lifetime, ILogger<NodeEnd> logger) : IFatalErrorHandler
{
    /// <summary>Loggers write from a queue.</summary>
    private static readonly TimeSpan _lastWords = TimeSpan.FromMilliseconds(200);

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        ComeBack(context, exception);
        Environment.FailFast($"This node cannot go on: {context}", exception);
    }

    /// <summary>Ends this process and starts it anew. Returns where that is not possible, or not wanted.</summary>
    internal void ComeBack(string? context, Exception? exception)
    {
        bool isLeaving = lifetime.ApplicationStopping.IsCancellationRequested;
        if (isLeaving)
        {
            LogEndsForGood(context, exception);
        }
        else
        {
            LogEnds(context, exception);
        }

        Thread.Sleep(_lastWords);
        foreach (INodeRestart restart in isLeaving ? [] : restarts)
        {
            restart.Restart();
        }
    }

    [LoggerMessage(3170, LogLevel.Error, "This node cannot go on as a member of the cluster and comes back as a new one: {Context}")]
    private partial void LogEnds(string? context, Exception? exception);

    [LoggerMessage(3171, LogLevel.Error, "This node cannot go on as a member of the cluster, and was leaving it: {Context}")]
    private partial void LogEndsForGood(string? context, Exception? exception);
}
