using AgentSessions.Agents;
using AgentSessions.Client;
using AgentSessions.Core;
using AgentSessions.Core.Attachments;
using AgentSessions.Core.Budgets;
using AgentSessions.Core.Clients;
using AgentSessions.Core.Events;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Nodes;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.SubAgents;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the runtime that agents live in.</summary>
public static class AgentRuntimeServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IAgentCatalog"/>, <see cref="IRunHost"/> and, for engines, <see cref="SessionContext"/>. Needs
    /// <see cref="ISessionStore"/>, <see cref="IStateStore"/> and <see cref="StreamHub"/>; uses <see cref="ISessionTokens"/>,
    /// <see cref="IStandingApprovals"/>, <see cref="IEventOutbox"/>, <see cref="TimeProvider"/>, <see cref="RunHostOptions"/> and the
    /// configuration if they are there. Calls between agents also need <see cref="ISessionEngine"/>, the context a
    /// <see cref="TimeProvider"/> and an <see cref="IIdSource"/>.
    /// </summary>
    public static IServiceCollection AddAgentRuntime(this IServiceCollection services)
    {
        services.AddAgentSessions();
        services.TryAddScoped<RunScope>();
        services.TryAddScoped<IAgentChatFactory, RunAgentChats>();
        services.TryAddSingleton(static provider => new AgentRegistry(
            provider.GetServices<AgentRegistration>(), provider.GetServices<AgentFilterRegistration>(), provider.GetService<IConfiguration>()));
        services.TryAddSingleton<IAgentCatalog>(static provider => provider.GetRequiredService<AgentRegistry>());
        services.TryAddSingleton(static provider => provider.GetService<IConfiguration>() is { } configuration ? RetentionOptions.Read(configuration) : new RetentionOptions());
        services.TryAddSingleton(static provider => Lateness.Read(provider.GetService<IConfiguration>()));
        services.TryAddSingleton(static provider =>
        {
            Lateness lateness = provider.GetRequiredService<Lateness>();
            return OpenTurns.Read(provider.GetService<IConfiguration>(), provider.GetService<TimeProvider>() ?? TimeProvider.System, () => lateness.Lasts);
        });
        services.TryAddSingleton(static provider => GatherDelay.Read(provider.GetService<IConfiguration>()));
        services.TryAddSingleton(static provider =>
        {
            GatherDelay delay = provider.GetRequiredService<GatherDelay>();
            return new Gathering(provider.GetService<TimeProvider>() ?? TimeProvider.System, () => delay.Current);
        });
        services.TryAddSingleton(static provider => new KeptConversations(
            provider.GetService<TimeProvider>() ?? TimeProvider.System, KeptConversations.DefaultMaxBytes));
        services.AddStorageQuota();
        services.TryAddSingleton(static provider => new ExpiredSessions(
            provider.GetRequiredService<ISessionStore>(),
            provider.GetRequiredService<ISessionEngine>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<RetentionOptions>(),
            provider.GetService<ILogger<ExpiredSessions>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger<ExpiredSessions>.Instance));
        services.TryAddSingleton(Budgets);
        services.TryAddSingleton(static provider => new ConfiguredBudgets(
            provider.GetRequiredService<BudgetOptions>(), provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddSingleton(static provider => new RunHost(new RunServices(
            provider.GetRequiredService<ISessionStore>(),
            provider.GetRequiredService<IStateStore>(),
            provider.GetRequiredService<StreamHub>(),
            provider.GetRequiredService<AgentRegistry>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<OpenTurns>(),
            provider.GetService<ISessionTokens>(),
            provider.GetService<RunHostOptions>() ?? Options(provider.GetRequiredService<RetentionOptions>()),
            provider.GetService<ILoggerFactory>() ?? Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            provider.GetRequiredService<BudgetOptions>(),
            provider.GetService<MessageCapture>() ?? new MessageCapture(isOn: false, provider.GetServices<ITextRedactor>()),
            provider.GetRequiredService<KeptConversations>(),
            provider.GetService<IRunObserver>(),
            provider.GetService<IStandingApprovals>(),
            provider.GetService<IEventOutbox>(),
            TextRedaction.Of(provider),
            provider.GetService<IAttachmentSource>(),
            provider.GetRequiredService<Gathering>())));
        services.TryAddSingleton(static provider => new NodeStatistics(provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddSingleton<IRunHost>(static provider => provider.GetRequiredService<RunHost>());
        services.TryAddSingleton(static provider => new SessionContext(
            provider.GetRequiredService<ISessionStore>(),
            provider.GetRequiredService<StreamHub>(),
            provider.GetRequiredService<IRunHost>(),
            provider.GetRequiredService<IAgentCatalog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IIdSource>())
        {
            Outbox = provider.GetService<IEventOutbox>(),
            Redaction = TextRedaction.Of(provider),
            Turns = provider.GetRequiredService<OpenTurns>(),
            Quota = provider.GetRequiredService<StorageQuota>(),
        });
        return services;
    }

    private static RunHostOptions Options(RetentionOptions retention) =>
        new() { Out = new OutWriterOptions { Retention = retention.Events, RetentionIn = environment => retention.In(environment).Events } };

    private static BudgetOptions Budgets(IServiceProvider provider)
    {
        var options = new BudgetOptions();
        if (provider.GetService<IConfiguration>() is { } configuration)
        {
            BudgetConfiguration.Apply(configuration.GetSection(BudgetOptions.Section), options);
        }

        foreach (BudgetRegistration registration in provider.GetServices<BudgetRegistration>())
        {
            registration.Configure(options);
        }

        return options;
    }
}
