using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Models.Settings;

/// <summary>Finds settings that nothing reads: a misspelt one would otherwise be silently ignored.</summary>
internal static class SettingNames
{
    public static IEnumerable<string> Unknown(IConfiguration section, Type type)
    {
        PropertyInfo[] known = [.. type.GetProperties().Where(property => property.CanWrite)];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = Array.Find(known, property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                yield return $"{child.Path} is not a setting. Known here: {string.Join(", ", known.Select(p => p.Name))}.";
            }
            else if (property.PropertyType.Assembly == type.Assembly && !property.PropertyType.IsEnum)
            {
                foreach (string problem in Unknown(child, property.PropertyType))
                {
                    yield return problem;
                }
            }
        }
    }
}
