using System.Collections.Concurrent;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Samples.Loops;

/// <summary>Drives its turns itself. Streaming, stops and boundaries are still the runtime's; what it remembers from run to run is its own.</summary>
public sealed class Translator(Glossary glossary)
{
    /// <summary>Answers turn after turn, until the run ends.</summary>
    public async Task RunAsync(IAgentSessionLoop loop, CancellationToken cancellationToken)
    {
        IChatClient model = loop.Services.GetRequiredService<IChatClient>();
        await foreach (SessionTurn turn in loop.Turns(cancellationToken))
        {
            if (turn is { IsContinuation: true, Number: 0, Message: { } message })
            {
                // A later run begins with an empty history: this one goes on from what the runs before agreed on.
                turn.SetMessages([.. glossary.Of(loop.ChatId), message]);
            }

            var options = new ChatOptions { Instructions = "Translate into German. Keep to the terms used so far." };
            await turn.CompleteAsync(model.GetStreamingResponseAsync(turn.Messages, options, turn.Token), cancellationToken);
            glossary.Keep(loop.ChatId, turn.UIMessages);
        }
    }
}

/// <summary>The last messages of each conversation, in memory. A real one would be a table.</summary>
public sealed class Glossary
{
    private const int Kept = 10;
    private readonly ConcurrentDictionary<string, IReadOnlyList<UIMessage>> _messages = new();

    /// <summary>What is kept of a conversation.</summary>
    public IReadOnlyList<UIMessage> Of(string chatId) => _messages.GetValueOrDefault(chatId, []);

    /// <summary>Keeps the newest messages.</summary>
    public void Keep(string chatId, IReadOnlyList<UIMessage> messages) => _messages[chatId] = [.. messages.TakeLast(Kept)];
}
