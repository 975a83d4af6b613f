using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents;

internal sealed class ConditionalApprovalFunction(AIFunction inner, Func<AIFunctionArguments, CancellationToken, ValueTask<bool>> requiresApproval)
    : DelegatingAIFunction(inner)
{
    public ValueTask<bool> RequiresApprovalAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        requiresApproval(arguments, cancellationToken);
}

internal sealed class MarkedFunction(AIFunction inner, bool hasEffects, InterruptedCall interrupted) : DelegatingAIFunction(inner)
{
    public bool HasEffects { get; } = hasEffects;

    public InterruptedCall Interrupted { get; } = interrupted;
}

/// <summary>A tool whose output the model sees in another form. The form is made from the output as it is stored, so every turn makes the same.</summary>
internal interface IModelOutput
{
    object? ToModel(JsonElement output);
}

internal sealed class ModelOutputFunction<T>(AIFunction inner, Func<T, object?> toModel) : DelegatingAIFunction(inner), IModelOutput
{
    public object? ToModel(JsonElement output) => toModel(output.Deserialize<T>(UIJson.Options)!);
}

/// <summary>A tool that yields its output in several versions.</summary>
internal interface IStreamingFunction
{
    IAsyncEnumerable<object?> StreamAsync(AIFunctionArguments arguments, CancellationToken cancellationToken);
}

internal sealed class StreamingFunction<T>(
    string name, string description, JsonElement? schema, Func<AIFunctionArguments, CancellationToken, IAsyncEnumerable<T>> stream)
    : AIFunction, IStreamingFunction
{
    private static readonly JsonElement _anyObject = JsonElement.Parse("""{"type":"object"}""");

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => schema ?? _anyObject;

    public async IAsyncEnumerable<object?> StreamAsync(
        AIFunctionArguments arguments, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (T item in stream(arguments, cancellationToken).WithCancellation(cancellationToken))
        {
            yield return item;
        }
    }

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        object? last = null;
        await foreach (object? item in StreamAsync(arguments, cancellationToken))
        {
            last = item;
        }

        return last;
    }
}
