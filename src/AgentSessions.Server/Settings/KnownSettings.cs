using AgentSessions.Agents;
using AgentSessions.Core.Redaction;
using AgentSessions.Embedded;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Connections;
using AgentSessions.Gateway.Data;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Native.InboundWebhooks;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Gateway.Users;
using AgentSessions.Gateway.Webhooks;
using AgentSessions.Models.Catalog;
using AgentSessions.Models.Mcp;
using AgentSessions.Pages.Chat;
using AgentSessions.Postgres.Connections;

namespace AgentSessions.Server.Settings;

/// <summary>Every key of the section <c>AgentSessions</c> that something in this server reads.</summary>
internal static partial class KnownSettings
{
    private static readonly Type[] _agentValues = [typeof(int), typeof(bool), typeof(string), typeof(TimeSpan), typeof(TimeSpan?), typeof(VersionPolicy)];

    /// <summary>The section as a map. What names things of the operator's own (models, users, environments, agents) takes every name.</summary>
    public static SettingsMap Map()
    {
        string[] kept = ["Retention", "ExpiredRetention", "MaxStoredBytes"];
        SettingsMap root = new SettingsMap()
            .WithPropertiesOf(typeof(ServerOptions))
            .WithPropertiesOf(typeof(EnvironmentsOptions))
            .WithPropertiesOf(typeof(PublicAddressOptions))
            .WithPropertiesOf(typeof(UsersOptions))
            .WithValues(kept)
            .WithValues("DefaultModel")
            .With("Environments", new SettingsMap().OfEach(SettingsMap.Of(typeof(EnvironmentKeyOptions)).WithValues(kept)))
            .With("Agents", new SettingsMap().OfEach(Agent()))
            .With("Memory", new SettingsMap().WithValues("QuietTime", "MaxHeapBytes"))
            .With("Telemetry", new SettingsMap().WithValues("Prometheus", "MetricsPort", "MetricsAddress", "MessageText").With("RedactPatterns", List()))
            .With("Orleans", Orleans());

        // Read by their own package, which refuses what it does not know.
        root.With(Key(ModelsOptions.SectionName), SettingsMap.Open()).With(Key(McpOptions.SectionName), SettingsMap.Open());

        foreach ((string section, SettingsMap map) in Sections())
        {
            root.With(Key(section), map);
        }

        return root;
    }

    private static IEnumerable<(string Section, SettingsMap Map)> Sections() =>
    [
        (AdmissionOptions.Section, SettingsMap.Of(typeof(AdmissionOptions)).WithValues("MaxWait", "Turns")),
        (BudgetOptions.Section, SettingsMap.Of(typeof(BudgetOptions))),
        (ChatPageOptions.Section, SettingsMap.Of(typeof(ChatPageOptions))),
        (ConnectionOptions.Section, SettingsMap.Of(typeof(ConnectionOptions))),
        (DataOptions.Section, SettingsMap.Of(typeof(DataOptions))),
        (DocumentsOptions.Section, SettingsMap.Of(typeof(DocumentsOptions))),
        (EmbeddedEngineOptions.Section, SettingsMap.Of(typeof(EmbeddedEngineOptions))),
        (EmbeddedStoreOptions.Section, SettingsMap.Of(typeof(EmbeddedStoreOptions))),
        (InboundWebhooksOptions.Section, SettingsMap.Of(typeof(InboundWebhooksOptions))),
        (PostgresOptions.Section, SettingsMap.Of(typeof(PostgresOptions))),
        (PuffleOptions.Section, SettingsMap.Of(typeof(PuffleOptions))),
        (RateLimitOptions.Section, SettingsMap.Of(typeof(RateLimitOptions))),
        (RedactionOptions.Section, new SettingsMap().WithValues(nameof(RedactionOptions.HoldBackCharacters)).With("Patterns", List())),
        (StagentOptions.Section, SettingsMap.Of(typeof(StagentOptions))),
        (StreamingOptions.Section, SettingsMap.Of(typeof(StreamingOptions)).WithValues("MaxGatherDelay")),
        (WebhookOptions.Section, SettingsMap.Of(typeof(WebhookOptions))),
    ];

    /// <summary>Options of an agent that are plain values, and its budgets; the rest is code.</summary>
    private static SettingsMap Agent() => new SettingsMap()
        .WithValues(typeof(AgentOptions).GetProperties().Where(static property => _agentValues.Contains(property.PropertyType)).Select(static property => property.Name))
        .With(nameof(AgentOptions.TurnBudget), SettingsMap.Of(typeof(BudgetLimits)))
        .With(nameof(AgentOptions.SessionBudget), SettingsMap.Of(typeof(BudgetLimits)));

    /// <summary>What <c>AgentSessions:Orleans</c> may hold; not looked into where this build has no such engine.</summary>
    private static SettingsMap Orleans()
    {
        var map = SettingsMap.Open();
        DescribeOrleans(ref map);
        return map;
    }

    static partial void DescribeOrleans(ref SettingsMap map);

    private static SettingsMap List() => new SettingsMap().OfEach(new SettingsMap());

    private static string Key(string section) => section[(ServerOptions.Section.Length + 1)..];
}
