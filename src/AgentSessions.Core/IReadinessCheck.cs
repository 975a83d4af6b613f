namespace AgentSessions.Core;

/// <summary>One thing that must hold before this node should get requests. Register as many as there are.</summary>
public interface IReadinessCheck
{
    /// <summary>A word for operators, such as <c>store</c>.</summary>
    string Name { get; }

    /// <summary>Looks, quickly.</summary>
    /// <param name="cancellationToken">Ends the wait; it is cancelled after two seconds.</param>
    /// <returns>Null if it holds, else why not, in words that are safe to show to anybody.</returns>
    ValueTask<string?> CheckAsync(CancellationToken cancellationToken);
}
