using AgentSessions.Agents;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns;

internal sealed partial class Turn
{
    IList<ChatMessage> ITurnRuntime.Messages => throw new NotSupportedException();

    void ITurnRuntime.DeferBeforeOutput(Func<CancellationToken, Task> work) => throw new NotSupportedException();

    Task<UIMessage> ITurnRuntime.RespondAsync(IChatClient client, ChatOptions? options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task<UIMessage> ITurnRuntime.StreamAsync(IAsyncEnumerable<ChatResponseUpdate> updates, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
