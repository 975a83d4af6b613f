using AgentSessions.Models.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AgentSessions.Models.Mcp;

/// <summary>Names every key with a bad value. It runs at start, so that no session finds out first.</summary>
internal sealed class McpOptionsValidator(IConfiguration configuration) : IValidateOptions<McpOptions>
{
    // The name begins every tool's name, which has 64 characters in all.
    private const int MaxNameLength = 24;

    public ValidateOptionsResult Validate(string? name, McpOptions options)
    {
        List<string> problems = [.. options.UnknownNames];
        foreach ((string server, McpServerOptions settings) in options.Servers)
        {
            problems.AddRange(Problems(server, $"{McpOptions.SectionName}:{server}", settings));
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Problems(string name, string path, McpServerOptions server)
    {
        if (name.Length > MaxNameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            yield return $"{path}: a server's name has at most {MaxNameLength} letters, digits, '-' and '_'.";
        }

        if (SecretSetting.Has(server.Command) == SecretSetting.Has(server.Url))
        {
            yield return $"{path} must have either Command or Url.";
        }

        if (SecretSetting.Has(server.Url)
            && !(Uri.TryCreate(server.Url, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0))
        {
            yield return $"{path}:Url must be an absolute http or https address without a user name.";
        }

        foreach (string problem in Secrets(path, server).SelectMany(secret => secret.Problems(configuration)).Concat(AnnotationCheck.Problems(path, server)))
        {
            yield return problem;
        }
    }

    private static IEnumerable<SecretSetting> Secrets(string path, McpServerOptions server) =>
    [
        .. server.HeaderFiles.Select(entry => new SecretSetting($"{path}:HeaderFiles:{entry.Key}", null, entry.Value, null) { IsOneOfThree = false }),
        .. server.HeaderEnvironment.Select(entry => new SecretSetting($"{path}:HeaderEnvironment:{entry.Key}", null, null, entry.Value) { IsOneOfThree = false }),
        .. server.EnvironmentFiles.Select(entry => new SecretSetting($"{path}:EnvironmentFiles:{entry.Key}", null, entry.Value, null) { IsOneOfThree = false }),
    ];
}
