using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>How an agent runs. Also read from configuration section <c>AgentSessions:Agents:{name}</c>.</summary>
public sealed partial class AgentOptions
{
    /// <summary>What users see of an exception that was not meant for them.</summary>
    public const string DefaultErrorText = "An error occurred.";

    /// <summary>How long a run stays warm after a turn. Default 30 s; zero parks or ends it at once. A session's own value goes before it.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a run stays parked after its idle time. Default zero: it ends, and the next message starts another.</summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.Zero;

    /// <summary>As <see cref="IdleTimeout"/>, for a run that was started before there was a message. Default null: the same.</summary>
    public TimeSpan? PreloadIdleTimeout { get; set; }

    /// <summary>As <see cref="TurnTimeout"/>, for a run that was started before there was a message. Default null: the same.</summary>
    public TimeSpan? PreloadTurnTimeout { get; set; }

    /// <summary>Whether a preloaded run ends after its idle time instead of being parked. Default false.</summary>
    public bool ExitAfterPreloadIdle { get; set; }

    /// <summary>After how many turns a run ends. Default 100. Actions do not count.</summary>
    public int MaxTurns { get; set; } = 100;

    /// <summary>How many model calls a turn may make. Default 20.</summary>
    public int MaxSteps { get; set; } = 20;

    /// <summary>How long a run may live, idle time included; more than 40 days count as 40. Default null: for ever.</summary>
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>
    /// The version of this agent, for upgrades and pins; null for none. Several versions of one name can be registered; the last is the one that
    /// is deployed, and the others serve sessions that are locked to them or were not handed over yet.
    /// </summary>
    public string? Version { get; set; }

    /// <summary>Whether a run whose session belongs to another version by now hands over at the next turn. Default <see cref="VersionPolicy.Follow"/>.</summary>
    public VersionPolicy VersionPolicy { get; set; }

    /// <summary>How long a stopped turn may take to come to an end before it is abandoned. Default 5 s.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Shrinks what the model sees. Default null: never.</summary>
    public CompactionOptions? Compaction { get; set; }

    /// <summary>Lets messages that arrive during a turn join it. Default null: each becomes a turn of its own.</summary>
    public SteeringOptions? Steering { get; set; }

    /// <summary>What a turn may use at most. Default: unlimited, beside what the server allows (<see cref="BudgetOptions.Turn"/>).</summary>
    public BudgetLimits TurnBudget { get; set; } = new();

    /// <summary>What a session may use at most. Default: unlimited, beside what the server allows (<see cref="BudgetOptions.Session"/>).</summary>
    public BudgetLimits SessionBudget { get; set; } = new();

    /// <summary>Folders of instructions that the model loads on demand. Default: none.</summary>
    public AgentSkills Skills { get; } = new();

    /// <summary>The types of data parts and metadata. Default: none, anything goes.</summary>
    public UIMessageOptions UIMessages { get; } = new();

    /// <summary>What of conversations is kept and recorded. Default: all of it is kept, no text is recorded.</summary>
    public PrivacyOptions Privacy { get; } = new();

    /// <summary>Where the conversation is kept; null for the engine's own storage. Set with <see cref="UseTranscriptStore{TStore}"/>.</summary>
    internal Func<IServiceProvider, ITranscriptStore>? TranscriptStore { get; private set; }

    /// <summary>How client data and actions are deserialised. Default: web defaults.</summary>
    public JsonSerializerOptions Json { get; set; } = JsonSerializerOptions.Web;

    /// <summary>What users see of an exception. Default: <see cref="DefaultErrorText"/>. Never asked about <see cref="AgentUserException"/>.</summary>
    public Func<Exception, string> ErrorText { get; set; } = static _ => DefaultErrorText;

    /// <summary>Keeps conversations of this agent in a store of the application's own, a service or a class that services can make.</summary>
    /// <remarks>Cannot be used together with a <c>LoadContext</c> delegate: two owners of one conversation would overwrite each other.</remarks>
    public void UseTranscriptStore<TStore>()
        where TStore : class, ITranscriptStore => TranscriptStore = static services => ActivatorUtilities.GetServiceOrCreateInstance<TStore>(services);
}
