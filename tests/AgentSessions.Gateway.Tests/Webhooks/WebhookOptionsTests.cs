using AgentSessions.Gateway.Webhooks;

namespace AgentSessions.Gateway.Tests.Webhooks;

public sealed class WebhookOptionsTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    [Theory]
    [InlineData("https://hooks.example/a", Secret, "", null)]
    [InlineData("http://hooks.example/a", Secret, "", "Url")]
    [InlineData("https://user:pass@hooks.example/a", Secret, "", "Url")]
    [InlineData("hooks.example", Secret, "", "Url")]
    [InlineData("https://hooks.example/a", "whsec_c2hvcnQ=", "", "Secret")]
    [InlineData("https://hooks.example/a", "0123456789abcdef0123456789abcdef", "", "Secret")]
    [InlineData("https://hooks.example/a", null, "", "Secret")]
    [InlineData("https://hooks.example/a", Secret, "turn.begun", "Events")]
    public void Endpoint_IsChecked(string url, string? secret, string events, string? fault)
    {
        var endpoint = new WebhookEndpointOptions { Url = url, Secret = secret };
        endpoint.Events.AddRange(events.Split(',', StringSplitOptions.RemoveEmptyEntries));
        var options = new WebhookOptions { Endpoints = { ["one"] = endpoint } };

        string? failure = new WebhookOptionsValidator().Validate(null, options).FailureMessage;

        Assert.Equal(fault is null, failure is null);
        Assert.Contains(fault ?? "", failure ?? "");
    }
}
