using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Mcp;

/// <summary>Reads the servers from configuration.</summary>
internal sealed class McpSettings(IConfiguration configuration) : IConfigureOptions<McpOptions>
{
    public void Configure(McpOptions options)
    {
        foreach (IConfigurationSection section in configuration.GetSection(McpOptions.SectionName).GetChildren())
        {
            options.UnknownNames.AddRange(SettingNames.Unknown(section, typeof(McpServerOptions)));
            options.Servers[section.Key] = section.Get<McpServerOptions>() ?? new McpServerOptions();
        }
    }
}
