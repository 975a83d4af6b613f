using System.Text.Json;

namespace AgentSessions.Agents.Conversion;

/// <summary>How <see cref="UpdateToChunks"/> tells the answer.</summary>
public sealed class UpdateToChunksOptions
{
    /// <summary>
    /// Whether steps are marked: one begins with the first chunk and another behind tool results. Default true; false
    /// for a caller that makes the model calls and marks the steps itself.
    /// </summary>
    public bool MarkSteps { get; init; } = true;

    /// <summary>What the user reads of a failure. Default: "An error occurred.", so that nothing internal gets out.</summary>
    public Func<Exception, string> ErrorText { get; init; } = _ => "An error occurred.";

    /// <summary>Whether the client does not know a tool by name, so that its part is a <c>dynamic-tool</c>. Default: none.</summary>
    public Func<string, bool> IsDynamicTool { get; init; } = _ => false;

    /// <summary>Writes the results of tools. Default: the options of UI messages.</summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>Put before the ids of text and reasoning, to tell several streams into one message apart. Default empty.</summary>
    public string IdPrefix { get; init; } = "";
}
