using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Refuses endpoints that could not be told anything, by the names of their keys.</summary>
internal sealed class WebhookOptionsValidator(KeyRing keys) : IValidateOptions<WebhookOptions>
{
    private const int MaxDelays = 20;

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> faults = [.. options.Endpoints.SelectMany(pair => Faults($"{WebhookOptions.Section}:Endpoints:{pair.Key}", pair.Value))];
        if (options.RetryDelays.Count > MaxDelays || options.RetryDelays.Any(static delay => delay <= TimeSpan.Zero || delay > TimeSpan.FromDays(7)))
        {
            faults.Add($"{WebhookOptions.Section}:RetryDelays must be at most {MaxDelays} times, each at most 7 days");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Faults(string key, WebhookEndpointOptions endpoint)
    {
        if (!Uri.TryCreate(endpoint.Url, UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0
            || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && endpoint.AllowPrivateNetwork)))
        {
            yield return $"{key}:Url must be an https address without a password (http only with AllowPrivateNetwork)";
        }

        if (endpoint.Secret is null == endpoint.SecretFile is null)
        {
            yield return $"{key} needs either Secret or SecretFile";
        }
        else if (endpoint.Secret is { } secret && WebhookSecret.TryParse(secret) is null)
        {
            yield return $"{key}:Secret must be {WebhookSecret.Form}";
        }
        else if (endpoint.SecretFile is { } file && FaultOf(file) is { } fault)
        {
            yield return $"{key}:SecretFile {fault}";
        }

        if (endpoint.PreviousSecret is { } previous && WebhookSecret.TryParse(previous) is null)
        {
            yield return $"{key}:PreviousSecret must be {WebhookSecret.Form}";
        }

        if (endpoint.Environment is { } environment && !keys.Environments.Contains(environment))
        {
            yield return $"{key}:Environment: there is no such environment";
        }

        foreach (string type in endpoint.Events.Except(WebhookEvent.Types))
        {
            yield return $"{key}:Events holds {type}, which is none of {string.Join(", ", WebhookEvent.Types)}";
        }
    }

    private static string? FaultOf(string file)
    {
        try
        {
            return WebhookSecret.TryParse(File.ReadAllText(file)) is null ? $"must hold {WebhookSecret.Form}" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"cannot be read: {exception.Message}";
        }
    }
}
