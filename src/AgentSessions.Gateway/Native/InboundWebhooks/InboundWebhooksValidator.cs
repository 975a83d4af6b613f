using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Webhooks;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Native.InboundWebhooks;

/// <summary>Stops a start with a webhook that could not work or would not be safe, and names the key.</summary>
internal sealed class InboundWebhooksValidator(KeyRing keys) : IValidateOptions<InboundWebhooksOptions>
{
    public ValidateOptionsResult Validate(string? name, InboundWebhooksOptions options)
    {
        var errors = new List<string>();
        foreach ((string id, InboundWebhookOptions webhook) in options)
        {
            string section = $"{InboundWebhooksOptions.Section}:{id}";
            Require(WebhookSecret.TryParseForeign(webhook.Secret) is not null, $"{section}:Secret must be base64 of 24 bytes or more");
            Require(webhook.PreviousSecret is null || WebhookSecret.TryParseForeign(webhook.PreviousSecret) is not null, $"{section}:PreviousSecret must be base64 of 24 bytes or more");
            Require(webhook.SessionField.Length > 0, $"{section}:SessionField must name the field that holds the session's id");
            Require(keys.Environments.Contains(webhook.Environment), $"{section}:Environment: there is no such environment");
            Require(
                webhook.Tolerance >= TimeSpan.FromSeconds(1) && webhook.Tolerance <= TimeSpan.FromMinutes(5),
                $"{section}:Tolerance must be from 00:00:01 to 00:05:00");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }
    }
}
