using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>A kind of data part with the type of its data, so that writing and reading another type does not compile.</summary>
/// <remarks>Keep one in a static field and use it on both sides; register it with <see cref="UIMessageOptions.Data{T}(string)"/> to have what clients send checked.</remarks>
/// <typeparam name="T">The data.</typeparam>
/// <param name="Name">The part's type on the wire is <c>data-{Name}</c>.</param>
public sealed record DataPartType<T>(string Name)
{
    /// <summary>The data of all such parts of a message, in order.</summary>
    /// <exception cref="JsonException">A part's data has another shape.</exception>
    public IEnumerable<T> Of(UIMessage message) =>
        message.Parts.OfType<DataPart>().Where(part => part.Name == Name).Select(static part => part.Data.Deserialize<T>(UIJson.Options)!);

    /// <summary>A chunk that writes such a part.</summary>
    /// <param name="data">Written as JSON with camelCase names.</param>
    /// <param name="id">The same id replaces the data written before.</param>
    /// <param name="transient">True shows it to live readers only.</param>
    public DataChunk Chunk(T data, string? id = null, bool transient = false) => new(Name, UIJson.ToElement(data)) { Id = id, Transient = transient };
}
