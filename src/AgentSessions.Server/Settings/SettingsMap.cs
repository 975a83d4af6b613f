using System.Reflection;

namespace AgentSessions.Server.Settings;

/// <summary>The keys that one place of the configuration may hold, and what each may hold in turn.</summary>
internal sealed class SettingsMap
{
    private readonly Dictionary<string, SettingsMap> _keys = new(StringComparer.OrdinalIgnoreCase);
    private SettingsMap? _each;

    /// <summary>Holds whatever there is: it is not looked into.</summary>
    public bool IsOpen { get; private init; }

    /// <summary>The keys that have a name of their own; those of maps and lists are the operator's.</summary>
    public IEnumerable<string> Names => _keys.Keys;

    /// <summary>A place that is not looked into.</summary>
    public static SettingsMap Open() => new() { IsOpen = true };

    /// <summary>What may stand behind a key; null if nothing reads it.</summary>
    public SettingsMap? Find(string key) => IsOpen ? this : _keys.GetValueOrDefault(key) ?? _each;

    /// <summary>Puts a map in the place of a key.</summary>
    public SettingsMap With(string key, SettingsMap map)
    {
        _keys[key] = map;
        return this;
    }

    /// <summary>Adds single values.</summary>
    public SettingsMap WithValues(params IEnumerable<string> keys)
    {
        foreach (string key in keys)
        {
            _keys.TryAdd(key, new SettingsMap());
        }

        return this;
    }

    /// <summary>Makes it a map or a list whose every entry has the same shape.</summary>
    public SettingsMap OfEach(SettingsMap each)
    {
        _each = each;
        return this;
    }

    /// <summary>Adds what the binder would set on a type.</summary>
    public SettingsMap WithPropertiesOf(Type type)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            Type held = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            bool isValue = IsValue(held);
            if (property.GetIndexParameters().Length == 0 && (!isValue || property.SetMethod is { IsPublic: true }) && !held.IsAssignableTo(typeof(Delegate)))
            {
                _keys.TryAdd(property.Name, isValue ? new SettingsMap() : Of(held));
            }
        }

        return this;
    }

    /// <summary>What the binder would set on a type.</summary>
    public static SettingsMap Of(Type type) =>
        IsValue(type) ? new SettingsMap()
        : EntryOf(type) is { } entry ? new SettingsMap().OfEach(Of(entry))
        : new SettingsMap().WithPropertiesOf(type);

    private static Type? EntryOf(Type type) =>
        ArgumentsOf(type, typeof(IDictionary<,>)) is [_, var value] ? value
        : ArgumentsOf(type, typeof(IEnumerable<>)) is [var item] ? item
        : null;

    private static Type[]? ArgumentsOf(Type type, Type kind) =>
        Array.Find([.. type.GetInterfaces(), type], one => one.IsGenericType && one.GetGenericTypeDefinition() == kind)?.GenericTypeArguments;

    private static bool IsValue(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(Uri)
        || type == typeof(TimeSpan) || type == typeof(DateTimeOffset);
}
