using System.Text.Json;
using AgentSessions.TestServer;

namespace AgentSessions.Server.Tests;

/// <summary>What nobody can answer.</summary>
/// <param name="name">Of its kind.</param>
/// <param name="agent">Who gets it.</param>
/// <param name="record">What is appended.</param>
/// <param name="error">What its turn fails with; null if it is nobody's record, which makes no turn.</param>
/// <param name="antidote">What the same chat answers right after it; null if its agent can answer nothing.</param>
internal sealed class Poison(string name, string agent, string record, string? error, string? antidote)
{
    /// <summary>Its agent's runs must be told to live no longer than a fraction of a second.</summary>
    public const string Deadly = "pause";

    // With what stands around it in its record, just under the 1 MiB that a record may have.
    private const int LargeText = (1 << 20) - 512;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _retryPause = TimeSpan.FromMilliseconds(20);
    private int _taken;

    /// <summary>How many chats got it and went on as they must.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>A text that is no JSON, one that is nothing but nesting, a message of the wrong type, a message as long as one may be whose
    /// agent fails with all of it, and a message that every run dies with.</summary>
    public static Poison[] Kinds() =>
    [
        new("no JSON", "echo", """{"kind":"message","payload":{"trigger":"submit-""", error: null, "ok"),
        new("deep JSON", "echo", $$"""{"kind":"message","payload":{"message":{{new string('[', LargeText)}}""", error: null, "ok"),
        new("an odd type", "echo", """{"kind":"message","payload":{"trigger":"submit-message","message":5}}""", "Invalid message", "ok"),
        new("a large message", "fail", Message(new string('x', LargeText)), $"boom: {new string('x', LargeText)}", "ok"),
        new("a deadly message", Deadly, Message("die"), "The message could not be answered.", antidote: null),
    ];

    /// <summary>Gives it to one new chat after the other; what is cut on the way is done again.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="leave">No chat after the current one.</param>
    /// <param name="limit">Gives up.</param>
    /// <exception cref="InvalidOperationException">A turn ended otherwise.</exception>
    public async Task SpreadAsync(WireClient client, CancellationToken leave, CancellationToken limit)
    {
        for (int number = 0; !leave.IsCancellationRequested; number++)
        {
            string chat = $"{name}-{number}";
            await OverCutsAsync(() => client.StartAsync(chat, agent, limit), limit);
            long sequence = await OverCutsAsync(() => client.AppendAsync(chat, record, "poison", limit), limit);
            if (error is not null)
            {
                await RequireAsync(client, chat, sequence, error, limit);
            }

            if (antidote is not null)
            {
                sequence = await OverCutsAsync(() => client.SendAsync(chat, antidote, "antidote", limit), limit);
                await RequireAsync(client, chat, sequence, expected: null, limit);
            }

            Interlocked.Increment(ref _taken);
            await Task.Delay(_pause, leave).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Taken} × {name}";

    private static string Message(string text)
    {
        var message = new { id = "m", role = "user", parts = new[] { new { type = "text", text } } };
        return JsonSerializer.Serialize(new { kind = "message", payload = new { trigger = "submit-message", message } });
    }

    /// <summary>The turn of a record ends by itself, and as it must.</summary>
    private static async Task RequireAsync(WireClient client, string chat, long sequence, string? expected, CancellationToken limit)
    {
        SeenTurn turn;
        try
        {
            turn = await OverCutsAsync(() => TurnAsync(client, chat, sequence, limit), limit);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{chat} never ended {sequence}.");
        }

        if (turn.Error != expected)
        {
            throw new InvalidOperationException($"{chat} ended {sequence} with '{turn.Error}', '{expected}' expected.");
        }
    }

    private static async Task<SeenTurn> TurnAsync(WireClient client, string chat, long sequence, CancellationToken limit)
    {
        var seen = new List<WireRecord>();
        while (true)
        {
            await foreach (WireRecord record in client.FollowAsync(chat, "out", seen.Count == 0 ? -1 : seen[^1].Sequence, silence: 30, limit))
            {
                seen.Add(record);
                if (record.Floor >= sequence)
                {
                    return SeenTurn.Among(seen).Last();
                }
            }
        }
    }

    private static async Task<T> OverCutsAsync<T>(Func<Task<T>> call, CancellationToken limit)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (Cut.Is(exception, limit) && !Cut.IsFinal(exception))
            {
                await Task.Delay(_retryPause, limit);
            }
        }
    }
}
