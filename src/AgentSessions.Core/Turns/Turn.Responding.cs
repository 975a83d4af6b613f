using AgentSessions.Agents;
using AgentSessions.Agents.Conversion;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Core.Turns.Responding;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Core.Turns;

/// <content>The answer: the model's view, its tools and its tokens.</content>
internal sealed partial class Turn
{
    private List<ChatMessage>? _messages;
    private int _partsInMessages;
    private string? _systemInjected;
    private Compactor? _compactor;

    /// <summary>The tools the agent declared for this turn.</summary>
    public ToolSet Tools { get; private set; } = ToolSet.Empty;

    /// <summary>Tokens of the last model call, if it told.</summary>
    public UsageDetails? LastStepUsage { get; private set; }

    /// <summary>Model calls that the turn has made, however often the agent was called for it.</summary>
    public int Steps { get; set; }

    /// <summary>Whether the answer goes on from what a dead run left of it.</summary>
    public bool IsRecovered { get; set; }

    /// <summary>Whether the answer begins with what another process handed over, whose calls without a result are to be run.</summary>
    public bool IsHandedOver { get; set; }

    public Compactor Compactor => _compactor ??= new Compactor(this, Run.Shared.LoggerOf<Compactor>());

    IList<ChatMessage> ITurnRuntime.Messages => Messages;

    /// <summary>The model's view of the conversation, made when somebody asks for it.</summary>
    public List<ChatMessage> Messages => _messages ??= BuildMessages();

    /// <summary>Takes the tools the agent declares. What it looked at to choose them was converted without them, and is converted anew.</summary>
    public void Declare(ToolSet tools)
    {
        Tools = tools;
        if (_messages is not null)
        {
            Run.Conversation.ForgetModel();
            ForgetMessages();
        }
    }

    /// <summary>The conversation changed under the turn: what was made of it is made anew.</summary>
    public void ForgetMessages() => _messages = null;

    /// <summary>Replaces the model's view by what the agent prepared.</summary>
    public void SetMessages(IReadOnlyList<ChatMessage> prepared) => _messages = [.. prepared];

    /// <summary>Instructions for a model call of this turn: the given ones and the system messages injected before it, the same for every call.</summary>
    public string? Instructions(string? given)
    {
        _systemInjected ??= string.Join("\n\n", Run.Undelivered.Take(system: true).Select(static message => message.Text));
        // What stays the same for the whole conversation comes first, so that a provider's cache of the prompt keeps working.
        string all = string.Join("\n\n", new[] { given, Run.Options.Skills.Prompt, _systemInjected }.Where(static part => !string.IsNullOrEmpty(part)));
        return all.Length == 0 ? given : all;
    }

    public void AddUsage(UsageDetails usage)
    {
        LastStepUsage = usage.InputTokenCount is null && usage.OutputTokenCount is null && usage.TotalTokenCount is null ? null : usage;
        Usage.Add(usage);
        Run.TotalUsage.Add(usage);
        AgentMetrics.TokensUsed(Run.AgentName, usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0);
    }

    /// <summary>The prompt that a model call starts from.</summary>
    public async ValueTask<StepPrompt> PromptAsync(ToolModelOutput? toolOutput, CancellationToken cancellationToken)
    {
        if (_messages is null && Run.Hooks.PreparesMessages)
        {
            SetMessages(await Run.Hooks.PrepareMessagesAsync(Context!, Messages, PrepareReason.Run, cancellationToken));
        }

        // A message that is gone on with comes from the answer itself, as it stands then.
        string? continued = Writer.IsContinued && _partsInMessages == 0 ? Writer.MessageId : null;
        return new StepPrompt([.. Messages.Where(message => continued is null || message.MessageId != continued)], _partsInMessages);
    }

    /// <summary>A loop is done: its answer joins the model's view, so that another one goes on behind it.</summary>
    public UIMessage Answered(ToolModelOutput? toolOutput, StepPrompt prompt)
    {
        UIMessage answer = Writer.Build() ?? new UIMessage { Id = Writer.MessageId, Role = UIMessageRole.Assistant };
        _messages = prompt.Build(answer, toolOutput);
        _partsInMessages = answer.Parts.Count;
        return answer;
    }

    /// <summary>What users see of an exception.</summary>
    public string ErrorText(Exception exception) => SafeErrorText.Of(exception, Run.Options, Run.Shared.Loggers);

    Task<UIMessage> ITurnRuntime.RespondAsync(IChatClient client, ChatOptions? options, CancellationToken cancellationToken)
    {
        var caller = new ToolCaller(this, Run.Shared.LoggerOf<ToolCaller>());
        var boundary = new StepBoundary(this, Compactor, Run.Shared.LoggerOf<StepBoundary>());
        return new ManagedLoop(this, client, options, new OpenCalls(this, caller), boundary).RunAsync(OrEnding(cancellationToken));
    }

    async Task<UIMessage> ITurnRuntime.StreamAsync(IAsyncEnumerable<ChatResponseUpdate> updates, CancellationToken cancellationToken)
    {
        cancellationToken = OrEnding(cancellationToken);
        var mapper = new UpdateToChunks(new UpdateToChunksOptions { ErrorText = ErrorText });
        StepPrompt prompt = await PromptAsync(Tools.ModelOutput, cancellationToken);
        using AccountMark mark = Run.Book.Begin(AccountKind.Model, "stream");
        try
        {
            await foreach (ChatResponseUpdate update in updates.WithCancellation(cancellationToken))
            {
                foreach (UIMessageChunk chunk in mapper.Map(update))
                {
                    await Writer.WriteAsync(chunk, cancellationToken);
                }
            }

            foreach (UIMessageChunk chunk in mapper.Complete())
            {
                await Writer.WriteAsync(chunk, cancellationToken);
            }

            mark.Succeed();
        }
        catch (OperationCanceledException) when (IsStopped)
        {
            IsInterrupted = true;
            throw;
        }
        finally
        {
            mark.Tokens = (mapper.Usage.InputTokenCount ?? 0, mapper.Usage.OutputTokenCount ?? 0);
            AddUsage(mapper.Usage);
            if (Budget is { } budget)
            {
                await budget.CountAsync(mapper.Usage, mapper.ModelId);
            }
        }

        FinishReason = FinishReasons.ToUI(mapper.FinishReason) ?? UIFinishReason.Stop;
        return Answered(Tools.ModelOutput, prompt);
    }

    void ITurnRuntime.DeferBeforeOutput(Func<CancellationToken, Task> work) => Gate.Add(work);

    private List<ChatMessage> BuildMessages()
    {
        List<ChatMessage> messages = View is { } view
            ? [.. view.SelectMany(message => ModelMessages.FromUI(message, Tools.ModelOutput))]
            : Run.Lane.Build(Tools.ModelOutput);
        messages = [.. messages.Select(Run.Attachments.Attach)];
        if (Guidance is not null)
        {
            messages.Insert(0, new ChatMessage(ChatRole.System, Guidance));
        }

        return messages;
    }

    /// <summary>The author's token, or the turn's own where the author passed none: an answer must end when its turn does.</summary>
    private CancellationToken OrEnding(CancellationToken cancellationToken) => cancellationToken.CanBeCanceled ? cancellationToken : Ending;
}
