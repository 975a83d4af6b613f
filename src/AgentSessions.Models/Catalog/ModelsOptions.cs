namespace AgentSessions.Models.Catalog;

/// <summary>All configured models: the section <c>AgentSessions:Models</c>, and <c>AgentSessions:DefaultModel</c>.</summary>
public sealed class ModelsOptions
{
    /// <summary>The section that holds one section for each model.</summary>
    public const string SectionName = "AgentSessions:Models";

    /// <summary>The setting that names the default model.</summary>
    public const string DefaultModelKey = "AgentSessions:DefaultModel";

    /// <summary>The models by name, without regard to case.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The model to use where none is named. See <see cref="IModelCatalog.Default"/>.</summary>
    public string? DefaultModel { get; set; }

    internal List<string> UnknownNames { get; } = [];
}
