using System.CommandLine;

namespace AgentSessions.Cli.Commands;

/// <summary><c>--limit</c>: how many to show.</summary>
internal static class CountOption
{
    /// <summary>One whose values have bounds.</summary>
    /// <param name="what">What it limits.</param>
    /// <param name="standard">The default.</param>
    /// <param name="most">The most it takes; null for any number.</param>
    public static Option<int> Create(string what, int standard, int? most)
    {
        string bounds = most is null ? "at least 1" : $"1 to {most}";
        Option<int> option = new("--limit", "-n") { Description = $"{what}, {bounds}", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int count) && (count < 1 || count > most))
            {
                result.AddError($"--limit must be {(most is null ? bounds : $"from {bounds}")}");
            }
        });
        return option;
    }
}
