using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace AgentSessions.Client.Tests.PublicApi;

/// <summary>What an assembly offers, as text that is the same for the same offer: one line for each type and member, in ordinal order.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(static type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string line in Members(type).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        string modifier = type is { IsAbstract: true, IsSealed: true } ? "static " : type is { IsAbstract: true, IsInterface: false } ? "abstract "
            : type is { IsSealed: true, IsValueType: false } ? "sealed " : "";
        IEnumerable<string> bases = type.GetInterfaces().Where(static one => one.IsVisible).Select(TypeText.Of).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
        {
            bases = bases.Prepend(TypeText.Of(parent));
        }

        string list = type.IsEnum ? "" : string.Join(", ", bases);
        return $"{modifier}{kind} {type.Namespace}.{TypeText.Of(type)}{(list.Length > 0 ? " : " : "")}{list}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}");
        }

        return type.GetMembers(Declared)
            .Where(static member => member.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .Select(Line).OfType<string>();
    }

    private static string? Line(MemberInfo member) => member switch
    {
        FieldInfo field when IsVisible(field) => $"{Static(field.IsStatic)}{TypeText.Of(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) => Property(property),
        ConstructorInfo constructor when IsVisible(constructor) => $"{Access(constructor)}new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsVisible(method) && !IsOfEveryObject(method) => Method(method),
        MethodInfo { IsSpecialName: true } method when IsVisible(method) && method.Name.StartsWith("op_", StringComparison.Ordinal) => Method(method),
        _ => null,
    };

    private static string Property(PropertyInfo property)
    {
        string accessors = string.Concat(
            property.GetMethod is { } get && IsVisible(get) ? "get; " : "",
            property.SetMethod is { } set && IsVisible(set) ? IsInit(set) ? "init; " : "set; " : "");
        MethodInfo any = property.GetAccessors(nonPublic: true).First(IsVisible);
        string required = property.GetCustomAttribute<RequiredMemberAttribute>() is null ? "" : "required ";
        return $"{Access(any)}{Static(any.IsStatic)}{required}{TypeText.Of(property.PropertyType)} {property.Name} {{ {accessors}}}";
    }

    private static string Method(MethodInfo method)
    {
        string generics = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(static one => one.Name))}>" : "";
        string open = method.DeclaringType is { IsInterface: false }
            ? method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : ""
            : "";
        return $"{Access(method)}{Static(method.IsStatic)}{open}{TypeText.Of(method.ReturnType)} {method.Name}{generics}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static parameter =>
        $"{TypeText.Of(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    // What every record and object has says nothing about the offer.
    private static bool IsOfEveryObject(MethodInfo method) =>
        method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "<Clone>$" || method.Name.Contains('.', StringComparison.Ordinal);

    private static bool IsInit(MethodInfo set) => set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Static(bool isStatic) => isStatic ? "static " : "";
}
