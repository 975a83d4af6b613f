using System.Text.Json;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>Asks one question with choices and says what was chosen.</summary>
internal static class QuestionAgent
{
    private const string Tool = "AskUserQuestion";

    private static readonly JsonElement _input = UIJson.ToElement(new
    {
        questions = new[]
        {
            new
            {
                id = "color",
                question = "Which color do you like best?",
                header = "Color",
                options = new[]
                {
                    new { label = "Red", description = "Like a tomato" },
                    new { label = "Green", description = "Like grass" },
                    new { label = "Blue", description = "Like the sea" },
                },
                multiSelect = false,
            },
        },
    });

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        ToolPart? call = turn.Continued?.Tools.LastOrDefault(static tool => tool.ToolName == Tool);
        switch (call)
        {
            case { State: ToolPartState.OutputAvailable }:
                await turn.SayAsync($"You chose {string.Join(" and ", Answers(call.Output))}.");
                break;
            case { IsTerminal: true }:
                await turn.SayAsync("No answer, then.");
                break;
            default:
                string id = $"call_ask_{turn.Output.MessageId}";
                await turn.Output.WriteAsync(new ToolInputStartChunk(id, Tool), cancellationToken);
                await turn.Output.WriteAsync(new ToolInputAvailableChunk(id, Tool, _input), cancellationToken);
                break;
        }
    }

    private static IEnumerable<string> Answers(JsonElement? output) =>
        output is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("answers", out JsonElement answers) && answers.ValueKind == JsonValueKind.Object
            ? answers.EnumerateObject().Select(static answer => answer.Value.ToString())
            : ["nothing"];
}
