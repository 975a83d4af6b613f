using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Models.Settings;

/// <summary>Checks an object's annotations and names each problem by its whole key.</summary>
internal static class AnnotationCheck
{
    public static IEnumerable<string> Problems(string path, object settings)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(settings, new ValidationContext(settings), results, validateAllProperties: true);
        return results.Select(result => $"{path}:{result.MemberNames.FirstOrDefault()}: {result.ErrorMessage}");
    }
}
