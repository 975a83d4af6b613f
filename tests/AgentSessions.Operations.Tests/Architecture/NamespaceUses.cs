using System.Reflection;
using System.Reflection.Emit;

namespace AgentSessions.Operations.Tests.Architecture;

/// <summary>Which namespaces of an assembly use which others of it, read from what the compiler wrote: signatures and the code of methods.</summary>
/// <remarks>Constants leave no trace in compiled code, and neither do names in attributes; nothing else is overlooked.</remarks>
internal sealed class NamespaceUses
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OperandType> _operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value, static code => code.OperandType);

    private readonly Assembly _assembly;
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _uses = new(StringComparer.Ordinal);

    public NamespaceUses(Assembly assembly)
    {
        _assembly = assembly;
        foreach (Type type in assembly.GetTypes())
        {
            Read(type);
        }
    }

    /// <summary>Every use that can be followed back to where it began, each with one of the types that make it.</summary>
    public IEnumerable<string> Circles() =>
        from user in _uses.Keys
        from used in _uses[user]
        where Reached(used.Key).Contains(user)
        select $"{user} -> {used.Key}: {used.Value}";

    private HashSet<string> Reached(string start)
    {
        HashSet<string> reached = [start];
        var next = new Stack<string>(reached);
        while (next.TryPop(out string? name))
        {
            foreach (string used in _uses.GetValueOrDefault(name)?.Keys.Where(reached.Add) ?? [])
            {
                next.Push(used);
            }
        }

        return reached;
    }

    private void Read(Type type)
    {
        Add(type, type.BaseType);
        Array.ForEach(type.GetInterfaces(), used => Add(type, used));
        Array.ForEach(type.GetFields(Everything), field => Add(type, field.FieldType));
        foreach (MethodBase method in type.GetMembers(Everything).OfType<MethodBase>())
        {
            Add(type, (method as MethodInfo)?.ReturnType);
            Array.ForEach(method.GetParameters(), parameter => Add(type, parameter.ParameterType));
            if (method.GetMethodBody() is { } body)
            {
                Read(type, method, body);
            }
        }
    }

    private void Read(Type type, MethodBase method, MethodBody body)
    {
        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            Add(type, local.LocalType);
        }

        Type[]? typeArguments = type.IsGenericType ? type.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (int token in Tokens(body.GetILAsByteArray()!))
        {
            switch (type.Module.ResolveMember(token, typeArguments, methodArguments))
            {
                case Type used:
                    Add(type, used);
                    break;
                case { } member:
                    Add(type, member.DeclaringType);
                    Array.ForEach((member as MethodInfo)?.GetGenericArguments() ?? [], used => Add(type, used));
                    break;
            }
        }
    }

    /// <summary>The tokens of types, methods and fields in a method's code.</summary>
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            short value = code[at] == OpCodes.Prefix1.Value ? (short)((code[at] << 8) | code[at + 1]) : code[at];
            at += value == code[at] ? 1 : 2;
            OperandType operand = _operands[value];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, at);
            }

            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private void Add(Type user, Type? used)
    {
        if (used is null)
        {
            return;
        }

        if (used.HasElementType)
        {
            Add(user, used.GetElementType());
            return;
        }

        Array.ForEach(used.GenericTypeArguments, argument => Add(user, argument));
        if (used.Assembly == _assembly && Own(user) && Own(used) && user.Namespace != used.Namespace)
        {
            _uses.TryAdd(user.Namespace!, new SortedDictionary<string, string>(StringComparer.Ordinal));
            _uses[user.Namespace!].TryAdd(used.Namespace!, $"{user.Name} -> {used.Name}");
        }
    }

    // Registrations stand in namespaces of the framework, where callers find them; generated code stands nowhere.
    private bool Own(Type type) => type.Namespace?.StartsWith(_assembly.GetName().Name!, StringComparison.Ordinal) is true;
}
