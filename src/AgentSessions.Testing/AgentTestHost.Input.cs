using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Testing;

/// <content>What a client can do.</content>
public sealed partial class AgentTestHost
{
    private bool _isStarted;

    /// <summary>Creates the session, unless it exists; every send does.</summary>
    /// <param name="basePayload">Fields of the base payload; null for just the chat id and client data.</param>
    public Task<StartedSession> StartSessionAsync(object? basePayload = null) => StartSessionAsync(basePayload, _builder.TriggerConfig);

    /// <summary>Starts the session anew with another trigger configuration, as its owner does to lock it to a version.</summary>
    public Task<StartedSession> ConfigureSessionAsync(object triggerConfig) => StartSessionAsync(basePayload: null, triggerConfig);

    private async Task<StartedSession> StartSessionAsync(object? basePayload, object? triggerConfig)
    {
        JsonObject payload = ToNode(basePayload)?.AsObject() ?? [];
        payload["chatId"] = _builder.ChatId;
        if (_builder.ClientData is not null && !payload.ContainsKey("metadata"))
        {
            payload["metadata"] = ToNode(_builder.ClientData);
        }

        JsonObject config = ToNode(triggerConfig)?.AsObject() ?? [];
        config["basePayload"] = payload;
        var start = new StartSession
        {
            Environment = Environment,
            ExternalId = _builder.ChatId,
            Type = "chat.agent",
            Agent = _builder.AgentName,
            TriggerConfig = config.ToJsonString(),
            Metadata = ToNode(_builder.Metadata)?.ToJsonString(),
        };
        bool isSeeded = !_isStarted && !Seed.IsEmpty;
        _isStarted = true;
        return isSeeded ? await StartSeededAsync(start) : await _process.Engine.StartAsync(start, CancellationToken.None);
    }

    private async Task<StartedSession> StartSeededAsync(StartSession start)
    {
        StartedSession started = await _process.StartLostAsync(start);
        SessionHead head = (await _stored.LoadAsync(_session, CancellationToken.None))!;
        await _stored.CommitAsync(Seed.ToCommit(head, Time.GetUtcNow().ToUnixTimeMilliseconds()), CancellationToken.None);
        await RestartAsync();
        return started;
    }

    /// <summary>Boots a run before there is a message, and waits until it waits.</summary>
    public async Task PreloadAsync()
    {
        await StartSessionAsync(new { trigger = "preload" });
        await IdleAsync();
    }

    /// <summary>Starts a session that carries its first message, and waits for the answer.</summary>
    public async Task<TestTurn> StartWithMessageAsync(string text)
    {
        await StartSessionAsync(new { trigger = "submit-message", message = JsonSerializer.SerializeToNode(NewMessage(text), UIJson.Options) });
        return await WaitForTurnAsync(0);
    }

    /// <summary>Sends a user message and waits until its turn is over.</summary>
    /// <param name="text">The text.</param>
    /// <param name="clientData">Client data of this message; null for the host's.</param>
    public async Task<TestTurn> SendAsync(string text, object? clientData = null) => await WaitForTurnAsync(await PostAsync(text, clientData));

    /// <summary>Sends a message and waits until its turn is over.</summary>
    public async Task<TestTurn> SendAsync(UIMessage message, object? clientData = null) => await WaitForTurnAsync(await PostAsync(message, clientData));

    /// <summary>Sends a user message and does not wait.</summary>
    /// <returns>Its sequence on <c>in</c>.</returns>
    public Task<long> PostAsync(string text, object? clientData = null) => PostAsync(NewMessage(text), clientData);

    /// <summary>Sends a message and does not wait.</summary>
    public Task<long> PostAsync(UIMessage message, object? clientData = null) => PostAsync(
        new JsonObject { ["trigger"] = "submit-message", ["message"] = JsonSerializer.SerializeToNode(message, UIJson.Options) }, clientData);

    /// <summary>Sends a user message while a turn runs, and waits until its run has taken it in: the turn's next step boundary finds it.</summary>
    /// <returns>Its sequence on <c>in</c>, for <see cref="WaitForTurnAsync"/>.</returns>
    public async Task<long> SteerAsync(string text, object? clientData = null)
    {
        long sequence = await PostAsync(text, clientData);
        await ReceivedAsync(sequence);
        return sequence;
    }

    /// <summary>Asks for the last answer again and waits until the turn is over.</summary>
    public async Task<TestTurn> RegenerateAsync() => await WaitForTurnAsync(await PostAsync(new JsonObject { ["trigger"] = "regenerate-message" }, null));

    /// <summary>Sends an action and waits until it is done.</summary>
    public async Task<TestTurn> SendActionAsync<TAction>(TAction action) => await WaitForTurnAsync(await PostActionAsync(action));

    /// <summary>Sends an action and does not wait.</summary>
    public Task<long> PostActionAsync<TAction>(TAction action) => PostAsync(
        new JsonObject { ["trigger"] = "action", ["action"] = JsonSerializer.SerializeToNode(action, JsonSerializerOptions.Web) }, null);

    /// <summary>Answers an approval and waits until the turn is over.</summary>
    public Task<TestTurn> ApproveAsync(UIMessage message, ToolApproval approval, bool approved, string? reason = null)
    {
        ToolPart part = message.Tools.Single(tool => tool.Approval?.Id == approval.Id);
        return SendAsync(Slim(message, part with
        {
            State = ToolPartState.ApprovalResponded,
            Approval = new ToolApproval(approval.Id) { Approved = approved, Reason = reason },
        }));
    }

    /// <summary>Answers an approval of the stored conversation and waits until the turn is over.</summary>
    public async Task<TestTurn> ApproveAsync(ToolApproval approval, bool approved, string? reason = null) => await ApproveAsync(
        (await TranscriptAsync()).Last(message => message.Approvals.Any(asked => asked.Id == approval.Id)), approval, approved, reason);

    /// <summary>Answers the one approval that a turn asks for, and waits until the next turn is over.</summary>
    /// <exception cref="InvalidOperationException">It asks for none, or for more than one.</exception>
    public Task<TestTurn> ApproveAsync(TestTurn turn, bool approved, string? reason = null) => turn.Message?.Approvals is [{ } only]
        ? ApproveAsync(turn.Message, only, approved, reason)
        : throw new InvalidOperationException($"The turn asks for {turn.Message?.Approvals.Count ?? 0} approvals, not one.");

    /// <summary>Supplies the output of a question tool and waits until the turn is over.</summary>
    public Task<TestTurn> AddToolOutputAsync<TOutput>(UIMessage message, string toolCallId, TOutput output)
    {
        ToolPart part = message.Tools.Single(tool => tool.ToolCallId == toolCallId);
        return SendAsync(Slim(message, part with { State = ToolPartState.OutputAvailable, Output = UIJson.ToElement(output) }));
    }

    /// <summary>Asks the running turn to stop.</summary>
    public Task StopGenerationAsync() => AppendAsync(new JsonObject { ["kind"] = "stop" });

    /// <summary>Ends the run, as a client's close does. The session stays open.</summary>
    public Task EndRunAsync() => PostAsync(new JsonObject { ["trigger"] = "close" }, null);

    /// <summary>Closes the session from outside.</summary>
    public async Task CloseSessionAsync(string? reason = null) =>
        await _process.Engine.CloseAsync(_session, reason, callingRunId: null, CancellationToken.None);

    /// <summary>Cancels the run that owns the session.</summary>
    public async Task CancelRunAsync() =>
        await _process.Engine.CancelRunAsync(Environment, (await SessionAsync()).CurrentRunId!, CancellationToken.None);

    /// <summary>Takes the session over from its agent, speaks in it, or hands it back.</summary>
    public async Task<SessionRow> HoldAsync(HoldSession hold) => await _process.Engine.HoldAsync(_session, hold, CancellationToken.None);

    /// <summary>Appends any record to <c>in</c>.</summary>
    /// <returns>Its sequence.</returns>
    public Task<long> AppendAsync(JsonNode record) => AppendAsync(record, terms: null);

    /// <summary>Appends a record to <c>in</c> with what only the server can say of it.</summary>
    /// <returns>Its sequence.</returns>
    internal async Task<long> AppendAsync(JsonNode record, MessageTerms? terms)
    {
        await EnsureSessionAsync();
        var text = new AppendText(Bytes(record), _ids.NewPartId()) { Terms = terms };
        return (await _process.Engine.AppendAsync(StreamId.In(_session), text, CancellationToken.None)).Sequence;
    }

    /// <summary>Appends a finished record to <c>out</c>, as the session's owner may do beside its run.</summary>
    public async Task AppendOutAsync(string body) =>
        await _process.Engine.AppendRecordsAsync(StreamId.Out(_session), [new NewRecord(Encoding.UTF8.GetBytes(body), [])], null, CancellationToken.None);

    /// <summary>Appends to <c>in</c> while the process is down, as another process may do.</summary>
    public async Task AppendWhileDownAsync(JsonNode record)
    {
        SessionHead head = (await _stored.LoadAsync(_session, CancellationToken.None))!;
        var batch = new RecordBatchBuilder(head.In.Tail);
        batch.AddText(Bytes(record), _ids.NewPartId(), Time.GetUtcNow().ToUnixTimeMilliseconds());
        await _stored.CommitAsync(
            new SessionCommit { Session = _session, Appends = [new StreamAppend(StreamId.In(_session), batch.Take()!)] }, CancellationToken.None);
    }

    /// <summary>Waits until the turn that consumes an input is over.</summary>
    /// <param name="sequence">The input's sequence.</param>
    public async Task<TestTurn> WaitForTurnAsync(long sequence)
    {
        await _observer.TurnThroughAsync(sequence);
        return await TurnAsync(record => long.Parse(record.Header(ControlHeaders.InEventId)!) >= sequence);
    }

    /// <summary>Waits until the boundary of a turn that consumes an input is written, be it by a run or by a person who holds the session.</summary>
    /// <param name="sequence">The input's sequence.</param>
    public async Task<TestTurn> WaitForBoundaryAsync(long sequence)
    {
        bool Consumes(StreamRecord record) => record.Control == ControlHeaders.TurnComplete && long.Parse(record.Header(ControlHeaders.InEventId)!) >= sequence;
        await RecordAsync(Consumes);
        return await TurnAsync(Consumes);
    }

    private UIMessage NewMessage(string text) => UIMessage.User(_ids.NewMessageId(), text);

    private static UIMessage Slim(UIMessage message, ToolPart part) => new()
    {
        Id = message.Id,
        Role = UIMessageRole.Assistant,
        Parts = [part with { Input = null }],
    };

    private async Task<long> PostAsync(JsonObject payload, object? clientData)
    {
        payload["chatId"] = _builder.ChatId;
        if ((clientData ?? _builder.ClientData) is { } data)
        {
            payload["metadata"] = ToNode(data);
        }

        return await AppendAsync(new JsonObject { ["kind"] = "message", ["payload"] = payload });
    }

    private async Task EnsureSessionAsync()
    {
        if (!_isStarted)
        {
            await StartSessionAsync();
        }

        _observer.Disturb();
    }
}
