using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace AgentSessions.Models;

/// <summary>The configured models. Names are compared without regard to case.</summary>
public interface IModelCatalog
{
    /// <summary>All of them, by name.</summary>
    IReadOnlyList<ModelInfo> Models { get; }

    /// <summary>
    /// The one that <c>AgentSessions:DefaultModel</c> names; without that setting, the one called <c>default</c>, or else the first by name.
    /// Null when no model is configured.
    /// </summary>
    ModelInfo? Default { get; }

    /// <summary>Finds a model.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out ModelInfo? model);

    /// <summary>The client of a model: the same one that <c>[FromKeyedServices(name)]</c> gives. It is not to be disposed.</summary>
    /// <exception cref="ModelException"><see cref="ModelErrorKind.NotConfigured"/>: there is no such model; the message says what to set.</exception>
    IChatClient GetClient(string name);
}
