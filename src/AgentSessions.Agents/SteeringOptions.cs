using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Lets messages that arrive during a turn join it between two steps (lifecycle document, section 10).</summary>
/// <remarks>A message that is not taken in waits and becomes a turn of its own.</remarks>
public sealed class SteeringOptions
{
    /// <summary>Whether messages may join after this many completed steps of the turn. Null, with <see cref="Decide"/> null too: never.</summary>
    public Func<int, bool>? ShouldInject { get; set; }

    /// <summary>As <see cref="ShouldInject"/>, knowing the messages; asked instead of it.</summary>
    public Func<SteeringBatch, CancellationToken, ValueTask<bool>>? Decide { get; set; }

    /// <summary>Rewrites the messages before they join. If it throws they go back and wait.</summary>
    public Func<SteeringBatch, CancellationToken, ValueTask<IReadOnlyList<UIMessage>>>? Prepare { get; set; }

    /// <summary>Told of each message as it arrives. Must return at once.</summary>
    public Action<UIMessage>? OnReceived { get; set; }

    /// <summary>Told of the messages that joined.</summary>
    public Func<IReadOnlyList<UIMessage>, CancellationToken, ValueTask>? OnInjected { get; set; }
}

/// <summary>Messages that wait between two steps.</summary>
/// <param name="Messages">The messages, in order.</param>
/// <param name="CompletedSteps">Steps of the turn so far.</param>
/// <param name="Turn">The turn they may join.</param>
public sealed record SteeringBatch(IReadOnlyList<UIMessage> Messages, int CompletedSteps, TurnContext Turn);
