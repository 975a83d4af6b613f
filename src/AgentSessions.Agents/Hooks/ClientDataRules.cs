using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace AgentSessions.Agents;

/// <summary>Checks client data against the DataAnnotations of its type, those on the parameters of a record included.</summary>
internal static class ClientDataRules
{
    /// <exception cref="ClientDataException">A rule is broken; the inner exception says which.</exception>
    public static void Check(object data)
    {
        var results = new List<ValidationResult>();
        bool isValid = Validator.TryValidateObject(data, new ValidationContext(data), results, validateAllProperties: true);
        foreach (ParameterInfo parameter in RecordParameters(data.GetType()))
        {
            if (data.GetType().GetProperty(parameter.Name!) is not { } property)
            {
                continue;
            }

            var context = new ValidationContext(data) { MemberName = property.Name };
            ValidationAttribute[] rules = [.. parameter.GetCustomAttributes<ValidationAttribute>()];
            isValid &= Validator.TryValidateValue(property.GetValue(data), context, results, rules);
        }

        if (!isValid)
        {
            throw new ClientDataException("Invalid client data", new ValidationException(string.Join(' ', results.Select(static result => result.ErrorMessage))));
        }
    }

    private static IEnumerable<ParameterInfo> RecordParameters(Type type) =>
        type.GetConstructors().MaxBy(static constructor => constructor.GetParameters().Length)?.GetParameters() ?? [];
}
