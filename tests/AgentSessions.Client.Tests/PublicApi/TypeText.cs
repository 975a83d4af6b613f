namespace AgentSessions.Client.Tests.PublicApi;

/// <summary>A type's name as code has it, without namespaces.</summary>
internal static class TypeText
{
    public static string Of(Type type)
    {
        if (type.IsByRef)
        {
            return $"ref {Of(type.GetElementType()!)}";
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return $"{Of(value)}?";
        }

        string name = type.IsGenericParameter || type.DeclaringType is null ? Plain(type) : $"{Of(type.DeclaringType)}.{Plain(type)}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : name;
    }

    private static string Plain(Type type)
    {
        int arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? type.Name : type.Name[..arity];
    }
}
