using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Gateway.Settings;

/// <summary>Entries of lists and maps in the settings.</summary>
/// <remarks>
/// The binder leaves an entry out, without a word, when it cannot read one value in it: a user who is there no more, a webhook that nobody is told of.
/// </remarks>
internal static class SettingEntries
{
    /// <summary>Reads every entry by itself, where the binder does not pass over what it cannot read.</summary>
    /// <param name="section">Where the settings are.</param>
    /// <param name="type">What they are bound to.</param>
    /// <exception cref="InvalidOperationException">A value cannot be read; the message names its key.</exception>
    public static void Check(IConfigurationSection section, Type type)
    {
        if (IsValue(type) || !section.GetChildren().Any())
        {
            return;
        }

        if (EntryOf(type) is not { } entry)
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                Check(section.GetSection(property.Name), property.PropertyType);
            }

            return;
        }

        foreach (IConfigurationSection child in section.GetChildren())
        {
            _ = child.Get(entry);
            Check(child, entry);
        }
    }

    private static bool IsValue(Type type) => type.IsValueType || type == typeof(string) || type == typeof(Uri);

    private static Type? EntryOf(Type type) =>
        ArgumentsOf(type, typeof(IDictionary<,>)) is [_, var value] ? value
        : ArgumentsOf(type, typeof(IEnumerable<>)) is [var item] ? item
        : null;

    private static Type[]? ArgumentsOf(Type type, Type kind) =>
        Array.Find([.. type.GetInterfaces(), type], one => one.IsGenericType && one.GetGenericTypeDefinition() == kind)?.GenericTypeArguments;
}
