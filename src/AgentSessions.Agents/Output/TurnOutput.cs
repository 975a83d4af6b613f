using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>Writes the answer of a turn, chunk by chunk.</summary>
/// <remarks>
/// What is written is sent once it is durable. The runtime opens the message and its steps where a chunk needs it and closes what is open at
/// the end. Safe for use by several threads at once.
/// </remarks>
public sealed class TurnOutput
{
    private readonly IOutputRuntime _runtime;

    internal TurnOutput(IOutputRuntime runtime) => _runtime = runtime;

    /// <summary>The id of the message that the answer becomes.</summary>
    public string MessageId => _runtime.MessageId;

    /// <summary>Writes any chunk. One of a type that begins with <c>trigger:</c> is left out: clients take it for the server's.</summary>
    /// <exception cref="ChunkOrderException">The chunk does not fit behind those before it; the message names the rule.</exception>
    /// <exception cref="ChunkTooLargeException">The chunk is larger than about 1 MiB.</exception>
    /// <exception cref="InvalidOperationException">The turn is over.</exception>
    public ValueTask WriteAsync(UIMessageChunk chunk, CancellationToken cancellationToken = default) => _runtime.WriteAsync(chunk, cancellationToken);

    /// <summary>Adds text to the answer. Consecutive calls write one text part.</summary>
    public ValueTask WriteTextAsync(string text, CancellationToken cancellationToken = default) => _runtime.WriteTextAsync(text, cancellationToken);

    /// <summary>Writes data of the application's own.</summary>
    /// <param name="name">The kind of data: the chunk's type is <c>data-{name}</c>.</param>
    /// <param name="data">Written as JSON with camelCase names.</param>
    /// <param name="id">The same name and id replace the data written before.</param>
    /// <param name="transient">True shows it to live readers only; it is not kept in the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask WriteDataAsync<T>(string name, T data, string? id = null, bool transient = false, CancellationToken cancellationToken = default) =>
        _runtime.WriteAsync(new DataChunk(name, UIJson.ToElement(data)) { Id = id, Transient = transient }, cancellationToken);

    /// <summary>Writes data of a registered type.</summary>
    /// <param name="type">The kind of data.</param>
    /// <param name="data">Written as JSON with camelCase names.</param>
    /// <param name="id">The same name and id replace the data written before.</param>
    /// <param name="transient">True shows it to live readers only; it is not kept in the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask WriteDataAsync<T>(DataPartType<T> type, T data, string? id = null, bool transient = false, CancellationToken cancellationToken = default) =>
        _runtime.WriteAsync(type.Chunk(data, id, transient), cancellationToken);

    /// <summary>Writes all chunks of a stream.</summary>
    public async Task MergeAsync(IAsyncEnumerable<UIMessageChunk> chunks, CancellationToken cancellationToken = default)
    {
        await foreach (UIMessageChunk chunk in chunks.WithCancellation(cancellationToken))
        {
            await _runtime.WriteAsync(chunk, cancellationToken);
        }
    }
}
