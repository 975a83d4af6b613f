using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>Asks the person at the terminal for the result of a tool that the agent leaves to the user.</summary>
/// <remarks>
/// 1. <c>{question, options?}</c> is a question; its result is the answer's text.
/// 2. <c>{questions: [{question, options: [{label}], multiSelect?}]}</c> are several; the result is <c>{answers: {question: text}}</c>.
/// 3. For any other tool the result itself is asked for: JSON, or else a text.
/// An option is chosen by its number, any other line is an answer of one's own, and an empty line leaves the call open.
/// </remarks>
internal static class CallAnswers
{
    private const int MaxText = 300;

    /// <summary>The result; null to leave the call open.</summary>
    public static async Task<JsonElement?> AskAsync(Terminal terminal, OpenCall call, CancellationToken cancellationToken)
    {
        JsonElement input = call.Input ?? default;
        if (input.Text("question") is not null)
        {
            return await ChooseAsync(terminal, input, cancellationToken) is { } answer ? UIJson.ToElement(answer) : null;
        }

        JsonElement[] questions = [.. input.Items("questions").Where(static question => question.Text("question") is not null)];
        if (questions.Length > 0)
        {
            return await AskAllAsync(terminal, questions, cancellationToken);
        }

        string? line = await LineAsync(terminal, $"Result of {PlainText.Line($"{call.Tool} {call.Input?.GetRawText()}", MaxText).TrimEnd()} (JSON or text): ", cancellationToken);
        return line is null ? null : Read(line);
    }

    private static async Task<JsonElement?> AskAllAsync(Terminal terminal, JsonElement[] questions, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<string, string>();
        foreach (JsonElement question in questions)
        {
            if (await ChooseAsync(terminal, question, cancellationToken) is not { } answer)
            {
                return null;
            }

            answers[question.Text("question")!] = answer;
        }

        return UIJson.ToElement(new { answers });
    }

    private static async Task<string?> ChooseAsync(Terminal terminal, JsonElement question, CancellationToken cancellationToken)
    {
        terminal.Error.WriteLine(PlainText.Safe(question.Text("question")!));
        string[] labels = [.. question.Items("options").Select(Label).OfType<string>()];
        foreach ((int index, JsonElement option) in question.Items("options").Where(static option => Label(option) is not null).Index())
        {
            string about = option.Text("description") is { } description ? $" - {description}" : "";
            terminal.Error.WriteLine(PlainText.Line($"  {index + 1}) {labels[index]}{about}", MaxText));
        }

        bool isMany = question.Field("multiSelect") is { ValueKind: JsonValueKind.True };
        string hint = labels.Length == 0 ? "Answer: " : isMany ? "Numbers with commas, or an answer of your own: " : "Number, or an answer of your own: ";
        string? line = await LineAsync(terminal, hint, cancellationToken);
        return line is null ? null : isMany ? string.Join(", ", line.Split(',', StringSplitOptions.TrimEntries).Select(part => Pick(labels, part))) : Pick(labels, line);
    }

    private static string Pick(string[] labels, string line) =>
        int.TryParse(line, out int number) && number >= 1 && number <= labels.Length ? labels[number - 1] : line;

    private static string? Label(JsonElement option) => option.ValueKind == JsonValueKind.String ? option.GetString() : option.Text("label");

    private static async Task<string?> LineAsync(Terminal terminal, string prompt, CancellationToken cancellationToken) =>
        (await TerminalQuestion.AskAsync(terminal, prompt, cancellationToken))?.Trim() is { Length: > 0 } line ? line : null;

    private static JsonElement Read(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return UIJson.ToElement(line);
        }
    }
}
