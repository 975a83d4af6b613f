using System.Diagnostics.CodeAnalysis;
using Orleans.Serialization.Cloning;

namespace AgentSessions.Orleans.Messages;

/// <summary>Hands immutable messages from one grain of a node to another as they are.</summary>
internal sealed class SharedCopier : IGeneralizedCopier
{
    public bool IsSupportedType(Type type) => MessageTypes.Contains(type);

    [return: NotNullIfNotNull(nameof(input))]
    public object? DeepCopy(object? input, CopyContext context) => input;
}
