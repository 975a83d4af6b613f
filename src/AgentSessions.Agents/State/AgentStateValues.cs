using System.Reflection;
using System.Text.Json;

namespace AgentSessions.Agents;

/// <summary>The persisted values of a run, between its services and its saves.</summary>
internal sealed class AgentStateValues
{
    private readonly Lock _gate = new();
    // Made for the first value: most agents have none.
    private Dictionary<string, JsonElement>? _stored;
    private Dictionary<string, Func<JsonElement>>? _tracked;
    private HashSet<object>? _changed;

    /// <summary>The name a type is stored under; null if it is not stored.</summary>
    public static string? NameOf(Type type) => type.GetCustomAttribute<PersistedAttribute>() is { } persisted ? persisted.Name ?? type.Name : null;

    /// <summary>What is stored.</summary>
    public void Load(IReadOnlyDictionary<string, JsonElement> stored)
    {
        lock (_gate)
        {
            foreach ((string name, JsonElement value) in stored)
            {
                (_stored ??= [])[name] = value;
            }
        }
    }

    public bool TryRead(string name, out JsonElement value)
    {
        lock (_gate)
        {
            value = default;
            return _stored?.TryGetValue(name, out value) == true;
        }
    }

    public void Track(string name, Func<JsonElement> value)
    {
        lock (_gate)
        {
            (_tracked ??= [])[name] = value;
        }
    }

    public void MarkChanged(object state)
    {
        lock (_gate)
        {
            (_changed ??= []).Add(state);
        }
    }

    public bool HasChanged(object state)
    {
        lock (_gate)
        {
            return _changed?.Contains(state) == true;
        }
    }

    /// <summary>All values to store, if any differs from what is stored; they count as stored from now on. Null if none does.</summary>
    public IReadOnlyDictionary<string, JsonElement>? TakeChanges()
    {
        lock (_gate)
        {
            _changed?.Clear();
            if (_tracked is null)
            {
                return null;
            }

            bool differs = false;
            _stored ??= [];
            foreach ((string name, Func<JsonElement> value) in _tracked)
            {
                // A value may have been changed in place, so it is compared instead of believed.
                JsonElement now = value();
                if (!_stored.TryGetValue(name, out JsonElement before) || !JsonElement.DeepEquals(before, now))
                {
                    _stored[name] = now;
                    differs = true;
                }
            }

            return differs ? new Dictionary<string, JsonElement>(_stored) : null;
        }
    }
}
