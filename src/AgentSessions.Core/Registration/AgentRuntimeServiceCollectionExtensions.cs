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
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the runtime that agents live in.</summary>
public static class AgentRuntimeServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IAgentCatalog"/>, <see cref="IRunHost"/>, the system's clock where there is no other <see cref="TimeProvider"/> and, for engines,
    /// <see cref="SessionContext"/>. Needs <see cref="ISessionStore"/>, <see cref="IStateStore"/> and <see cref="StreamHub"/>; uses
    /// <see cref="ISessionTokens"/>, <see cref="IStandingApprovals"/>, <see cref="IEventOutbox"/>, <see cref="RunHostOptions"/> and the configuration if
    /// they are there. Calls between agents also need <see cref="ISessionEngine"/>, the context an <see cref="IIdSource"/>.
    /// </summary>
    public static IServiceCollection AddAgentRuntime(this IServiceCollection services)
    {
        services.AddAgentSessions();
        services.TryAddSingleton(TimeProvider.System);
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
            return OpenTurns.Read(provider.GetService<IConfiguration>(), provider.GetRequiredService<TimeProvider>(), () => lateness.Lasts);
        });
        services.TryAddSingleton(static provider => GatherDelay.Read(provider.GetService<IConfiguration>()));
        services.TryAddSingleton(static provider =>
        {
            GatherDelay delay = provider.GetRequiredService<GatherDelay>();
            return new Gathering(provider.GetRequiredService<TimeProvider>(), () => delay.Current);
        });
        services.TryAddSingleton(static provider => new KeptConversations(provider.GetRequiredService<TimeProvider>(), KeptConversations.DefaultMaxBytes));
        services.AddStorageQuota();
        services.TryAddSingleton(static provider => new ExpiredSessions(
            provider.GetRequiredService<ISessionStore>(),
            provider.GetRequiredService<ISessionEngine>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<RetentionOptions>(),
            provider.GetService<ILogger<ExpiredSessions>>() ?? NullLogger<ExpiredSessions>.Instance));
        services.TryAddSingleton(Budgets);
        services.TryAddSingleton(static provider => new ConfiguredBudgets(provider.GetRequiredService<BudgetOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(static provider => new RunHost(Shared(provider)));
        services.TryAddSingleton(static provider => new NodeStatistics(provider.GetRequiredService<TimeProvider>()));
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

    private static RunServices Shared(IServiceProvider provider) => new()
    {
        Store = provider.GetRequiredService<ISessionStore>(),
        State = provider.GetRequiredService<IStateStore>(),
        Hub = provider.GetRequiredService<StreamHub>(),
        Kept = provider.GetRequiredService<KeptConversations>(),
        Redaction = TextRedaction.Of(provider),
        Attachments = provider.GetService<IAttachmentSource>(),
        Agents = provider.GetRequiredService<AgentRegistry>(),
        Scopes = provider.GetRequiredService<IServiceScopeFactory>(),
        Budgets = provider.GetRequiredService<BudgetOptions>(),
        Tokens = provider.GetService<ISessionTokens>(),
        Approvals = provider.GetService<IStandingApprovals>(),
        Options = provider.GetService<RunHostOptions>() ?? Options(provider.GetRequiredService<RetentionOptions>()),
        Time = provider.GetRequiredService<TimeProvider>(),
        Turns = provider.GetRequiredService<OpenTurns>(),
        Gathering = provider.GetRequiredService<Gathering>(),
        Loggers = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
        Capture = provider.GetService<MessageCapture>() ?? new MessageCapture(isOn: false, provider.GetServices<ITextRedactor>()),
        Observer = provider.GetService<IRunObserver>(),
        Outbox = provider.GetService<IEventOutbox>(),
    };

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
