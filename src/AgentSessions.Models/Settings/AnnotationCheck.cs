using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Models.Settings;

/// <summary>Checks an object's annotations and names each problem by its whole key.</summary>
internal static class AnnotationCheck
{
    public static IEnumerable<string> Problems(string path, object settings)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(settings, new ValidationContext(settings), results, validateAllProperties: true);
        return results.Select(result => $"{path}:{Explain(result.MemberNames.FirstOrDefault(), result.ErrorMessage)}");
    }

    /// <summary>What annotations say, such as <c>The field MaxSize must be between 1 and 5.</c>, with the key in place of the field.</summary>
    private static string Explain(string? name, string? problem) => problem?.StartsWith($"The field {name} ", StringComparison.Ordinal) == true
        ? $"{name} {problem[$"The field {name} ".Length..]}"
        : $"{name}: {problem}";
}
