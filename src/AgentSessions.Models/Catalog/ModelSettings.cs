using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Catalog;

/// <summary>Reads the models from configuration; from the well-known environment keys when none are there.</summary>
internal sealed class ModelSettings(IConfiguration configuration) : IConfigureOptions<ModelsOptions>
{
    public void Configure(ModelsOptions options)
    {
        foreach (IConfigurationSection section in configuration.GetSection(ModelsOptions.SectionName).GetChildren())
        {
            options.UnknownNames.AddRange(SettingNames.Unknown(section, typeof(ModelOptions)));
            options.Models[section.Key] = section.Get<ModelOptions>() ?? new ModelOptions();
        }

        if (options.Models.Count == 0)
        {
            foreach ((string name, ModelOptions model) in WellKnownModels.Find(configuration))
            {
                options.Models[name] = model;
            }
        }

        options.DefaultModel = configuration[ModelsOptions.DefaultModelKey];
    }
}
