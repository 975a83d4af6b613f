using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents;

/// <summary>The types of an agent's data parts and of its messages' metadata. What does not fit is refused, from the agent and from clients alike.</summary>
public sealed class UIMessageOptions
{
    private readonly Dictionary<string, Type> _data = new(StringComparer.Ordinal);
    private Type? _metadata;

    /// <summary>Registers a kind of data part.</summary>
    /// <param name="name">The part's type on the wire is <c>data-{name}</c>.</param>
    /// <returns>What to write and read such parts with.</returns>
    public DataPartType<T> Data<T>(string name) => Data(new DataPartType<T>(name));

    /// <summary>Registers a kind of data part that is kept in a field.</summary>
    public DataPartType<T> Data<T>(DataPartType<T> type)
    {
        _data[type.Name] = typeof(T);
        return type;
    }

    /// <summary>Registers the type of messages' metadata.</summary>
    public void Metadata<T>() => _metadata = typeof(T);

    /// <exception cref="AgentUserException">The chunk's data have another shape than their registered type.</exception>
    internal void Check(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case DataChunk data:
                Check(data.Name, data.Data);
                break;
            case MessageMetadataChunk metadata:
                CheckMetadata(metadata.MessageMetadata);
                break;
        }
    }

    /// <exception cref="AgentUserException">A part's data or the metadata have another shape than their registered type.</exception>
    internal void Check(UIMessage message)
    {
        if (_data.Count > 0)
        {
            foreach (DataPart part in message.Parts.OfType<DataPart>())
            {
                Check(part.Name, part.Data);
            }
        }

        CheckMetadata(message.Metadata);
    }

    private void Check(string name, JsonElement data)
    {
        if (_data.TryGetValue(name, out Type? type))
        {
            Check(data, type, $"data-{name}");
        }
    }

    private void CheckMetadata(JsonElement? metadata)
    {
        if (_metadata is not null && metadata is { } json)
        {
            Check(json, _metadata, "message metadata");
        }
    }

    private static void Check(JsonElement json, Type type, string what)
    {
        try
        {
            json.Deserialize(type, UIJson.Options);
        }
        catch (JsonException exception)
        {
            throw new AgentUserException($"The {what} has the wrong shape.", exception);
        }
    }
}
