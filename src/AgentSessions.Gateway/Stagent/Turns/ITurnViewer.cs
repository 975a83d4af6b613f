using AgentSessions.Gateway.Stagent.Requests;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Gets what happens in a turn while it happens.</summary>
internal interface ITurnViewer
{
    /// <summary>What the agent does.</summary>
    ValueTask StatusAsync(string phase, string message);

    /// <summary>A piece of the answer.</summary>
    ValueTask DeltaAsync(string text);

    /// <summary>The agent waits for the user.</summary>
    ValueTask AskAsync(PendingRequest request);

    /// <summary>The agent made an image.</summary>
    ValueTask ShowAsync(Screenshot screenshot);

    /// <summary>Called every now and then.</summary>
    ValueTask TickAsync();
}

/// <summary>Nobody looks: the turn outlived its client or its server.</summary>
internal sealed class NoViewer : ITurnViewer
{
    public static readonly NoViewer Instance = new();

    private NoViewer()
    {
    }

    public ValueTask StatusAsync(string phase, string message) => default;

    public ValueTask DeltaAsync(string text) => default;

    public ValueTask AskAsync(PendingRequest request) => default;

    public ValueTask ShowAsync(Screenshot screenshot) => default;

    public ValueTask TickAsync() => default;
}

/// <summary>An image that an agent made.</summary>
/// <param name="DocumentId">Where it is kept.</param>
/// <param name="ThumbnailUrl">At most 800 pixels wide.</param>
/// <param name="OriginalUrl">As it was made.</param>
/// <param name="Width">Of the original, in pixels.</param>
/// <param name="Height">Of the original, in pixels.</param>
internal sealed record Screenshot(string DocumentId, string ThumbnailUrl, string OriginalUrl, int Width, int Height);
