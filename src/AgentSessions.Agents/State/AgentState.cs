using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>Marks a type whose <see cref="AgentState{T}"/> is stored with the conversation and found again by the next run.</summary>
/// <param name="name">The name it is stored under; null for the type's name. Changing it loses what was stored.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class PersistedAttribute(string? name = null) : Attribute
{
    /// <summary>The name it is stored under, or null for the type's name.</summary>
    public string? Name { get; } = name;
}

/// <summary>A value of a run, shared by its hooks, tools and services: inject it where it is needed.</summary>
/// <remarks>
/// Lives as long as the run. If <typeparamref name="T"/> is marked <see cref="PersistedAttribute"/>, what the run before had is there from the
/// first hook on, and it is saved in the same commit as each boundary; it must serialise as JSON. Do not read it in a constructor: it need
/// not be loaded then.
/// </remarks>
/// <typeparam name="T">The value.</typeparam>
public sealed class AgentState<T>
{
    private readonly AgentStateValues _values;
    private readonly Lock _gate = new();
    private bool _isRead;
    private T _value = default!;

    /// <summary>Made by the run's services.</summary>
    public AgentState(IServiceProvider services) => _values = services.GetRequiredService<AgentStateValues>();

    /// <summary>
    /// The value. At first what was stored, else what a public constructor makes that needs no argument (all of its parameters may be
    /// optional), else the type's default, which is null for a class.
    /// </summary>
    public T Value
    {
        get
        {
            lock (_gate)
            {
                Read();
                return _value;
            }
        }
    }

    /// <summary>Whether <see cref="Set"/> was called since the values were last saved: at the last boundary, or with an action that asked for an answer.</summary>
    public bool HasChanged => _values.HasChanged(this);

    /// <summary>Replaces the value.</summary>
    public void Set(T value)
    {
        lock (_gate)
        {
            Read();
            _value = value;
        }

        _values.MarkChanged(this);
    }

    private void Read()
    {
        if (_isRead)
        {
            return;
        }

        _isRead = true;
        string? name = AgentStateValues.NameOf(typeof(T));
        _value = name is not null && _values.TryRead(name, out JsonElement stored) ? stored.Deserialize<T>(JsonSerializerOptions.Web)! : Initial();
        if (name is not null)
        {
            _values.Track(name, () => JsonSerializer.SerializeToElement(_value, JsonSerializerOptions.Web));
        }
    }

    private static T Initial()
    {
        ConstructorInfo[] all = typeof(T).GetConstructors();
        ConstructorInfo? constructor = Array.Find(all, static one => one.GetParameters().Length == 0)
            ?? Array.Find(all, static one => Array.TrueForAll(one.GetParameters(), static parameter => parameter.HasDefaultValue));
        return constructor is null ? default! : (T)constructor.Invoke([.. constructor.GetParameters().Select(Default)]);
    }

    private static object? Default(ParameterInfo parameter) =>
        // A struct's default is stated as null.
        parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null);
}
