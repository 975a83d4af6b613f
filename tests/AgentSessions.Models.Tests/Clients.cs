using System.Text;
using AgentSessions.FakeModels;
using AgentSessions.Models.Calls;
using AgentSessions.Models.OpenAI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models.Tests;

/// <summary>Clients over a fake server, and what a test asks of them again and again.</summary>
internal static class Clients
{
    public const string Key = "sk-secret-0123456789";

    public static readonly ChatMessage[] Hello = [new(ChatRole.User, "the user's private words")];

    /// <summary>A limit for waits on facts that come at once when all is well.</summary>
    public static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    public static OpenAICompatibleOptions Options(FakeModelServer server, int attempts = 3) => new()
    {
        Name = "test",
        Endpoint = new Uri(server.Url, "v1"),
        Model = "fake-1",
        ApiKey = Key,
        Retries = new ModelRetryOptions { MaxAttempts = attempts, BaseDelay = TimeSpan.Zero },
    };

    public static OpenAICompatibleChatClient OpenAI(FakeModelServer server, int attempts = 3) => new(Options(server, attempts), jitter: () => 0);

    public static async Task<List<ChatResponseUpdate>> StreamAsync(this IChatClient client, ChatOptions? options = null)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Hello, options, Soon))
        {
            updates.Add(update);
        }

        return updates;
    }

    /// <summary>Streams until the end or a failure, and says what text had come by then.</summary>
    public static async Task<(string Text, ModelException? Failure)> TryStreamAsync(this IChatClient client, ChatOptions? options = null)
    {
        StringBuilder text = new();
        try
        {
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Hello, options, Soon))
            {
                text.Append(update.Text);
            }
        }
        catch (ModelException failure)
        {
            return (text.ToString(), failure);
        }

        return (text.ToString(), null);
    }

    public static Task<ModelException> FailsAsync(this IChatClient client) =>
        Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync(Hello, null, Soon));
}
