using System.Diagnostics;
using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns.Accounts;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns.Responding;

/// <summary>Runs one tool call and shows its output. What a tool throws becomes the call's error, never the turn's.</summary>
internal sealed partial class ToolCaller(Turn turn, ILogger logger)
{
    /// <summary>Runs a call whose input is shown already.</summary>
    /// <param name="function">The tool.</param>
    /// <param name="callId">The call.</param>
    /// <param name="input">Its arguments as they are stored.</param>
    /// <param name="cancellationToken">Fires on stop or abort; the call then has no output.</param>
    public async Task CallAsync(AIFunction function, string callId, JsonElement? input, CancellationToken cancellationToken)
    {
        if (turn.Budget is { } budget)
        {
            await budget.CountToolCallAsync(cancellationToken);
        }

        ToolCallContext.CurrentCallId = callId;
        AIFunctionArguments arguments = Arguments(callId, input);
        (bool hasEffects, InterruptedCall interrupted) = ToolSet.Effects(function);
        if (hasEffects)
        {
            await turn.Run.Journal.BeginAsync(callId, function.Name, interrupted);
        }

        UIMessageChunk output;
        using Activity? activity = AgentTelemetry.StartTool(function.Name, callId);
        using AccountMark mark = turn.Run.Book.Begin(AccountKind.Tool, function.Name);
        try
        {
            object? result = await InvokeAsync(function, callId, arguments, cancellationToken);
            output = new ToolOutputAvailableChunk(callId, UIJson.ToElement(result, function.JsonSerializerOptions));
            mark.Succeed();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            output = Failed(function, callId, exception);
        }

        await turn.Writer.WriteAsync(output, cancellationToken);
    }

    /// <summary>What is told of a call whose code threw: to the operator the exception, to the model and the user its safe text.</summary>
    public UIMessageChunk Failed(AIFunction function, string callId, Exception exception)
    {
        if (exception is AgentUserException shown)
        {
            LogToolRefused(turn.Run.RunId, function.Name, shown.Kind());
        }
        else
        {
            LogToolFailed(turn.Run.RunId, function.Name, exception);
        }

        return new ToolOutputErrorChunk(callId, turn.ErrorText(exception));
    }

    /// <summary>The arguments a tool is called with.</summary>
    public AIFunctionArguments Arguments(string callId, JsonElement? input)
    {
        var arguments = new AIFunctionArguments
        {
            Services = turn.Run.Services,
            Context = ToolCallContext.Of(callId, turn.Context, turn.Run.Journal.IdempotencyKey(callId)),
        };
        if (input is { ValueKind: JsonValueKind.Object } json)
        {
            foreach (JsonProperty argument in json.EnumerateObject())
            {
                arguments[argument.Name] = argument.Value;
            }
        }

        return arguments;
    }

    private async Task<object?> InvokeAsync(AIFunction function, string callId, AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        if (function.GetService(typeof(IStreamingFunction)) is not IStreamingFunction streaming)
        {
            return await function.InvokeAsync(arguments, cancellationToken);
        }

        // Which item is the last shows only when there is no other, so each is shown at once and the last one again as the output.
        object? last = null;
        await foreach (object? item in streaming.StreamAsync(arguments, cancellationToken).WithCancellation(cancellationToken))
        {
            last = item;
            await turn.Writer.WriteAsync(
                new ToolOutputAvailableChunk(callId, UIJson.ToElement(item, function.JsonSerializerOptions)) { Preliminary = true }, cancellationToken);
        }

        return last;
    }

    [LoggerMessage(2060, LogLevel.Warning, "Tool {Tool} failed in run {RunId}.")]
    private partial void LogToolFailed(string runId, string tool, Exception exception);

    [LoggerMessage(2061, LogLevel.Information, "Tool {Tool} ended in run {RunId} with an error for the user: {Kind}.")]
    private partial void LogToolRefused(string runId, string tool, string kind);
}
