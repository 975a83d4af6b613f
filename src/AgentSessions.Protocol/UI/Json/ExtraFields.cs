using System.Collections;
using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>Fields of a chunk, part or message that this version does not know, in their order of arrival.</summary>
/// <remarks>They are written back behind the known fields, so newer and older sides can be mixed.</remarks>
public sealed class ExtraFields : IReadOnlyList<KeyValuePair<string, JsonElement>>, IEquatable<ExtraFields>
{
    private readonly KeyValuePair<string, JsonElement>[] _fields;

    /// <param name="fields">Names that no property of the owner stands for; values that outlive their document.</param>
    public ExtraFields(IEnumerable<KeyValuePair<string, JsonElement>> fields) => _fields = [.. fields];

    public int Count => _fields.Length;

    public KeyValuePair<string, JsonElement> this[int index] => _fields[index];

    /// <summary>The value of a field, or null if it is absent.</summary>
    public JsonElement? Find(string name)
    {
        foreach (var field in _fields)
        {
            if (field.Key == name)
            {
                return field.Value;
            }
        }

        return null;
    }

    public bool Equals(ExtraFields? other) =>
        other is not null
        && _fields.Length == other._fields.Length
        && _fields.Zip(other._fields).All(pair =>
            pair.First.Key == pair.Second.Key
            && JsonElement.DeepEquals(pair.First.Value, pair.Second.Value));

    public override bool Equals(object? obj) => Equals(obj as ExtraFields);

    public override int GetHashCode() => _fields.Aggregate(_fields.Length, (hash, field) => HashCode.Combine(hash, field.Key));

    public IEnumerator<KeyValuePair<string, JsonElement>> GetEnumerator() => _fields.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
