using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Webhooks;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Tests.Webhooks;

public sealed class WebhookOptionsTests
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static readonly KeyRing _keys = new(Options.Create(new EnvironmentsOptions { SecretKey = "tr_dev_0123456789abcdef" }), TimeProvider.System);

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

        string? failure = new WebhookOptionsValidator(_keys).Validate(null, options).FailureMessage;

        Assert.Equal(fault is null, failure is null);
        Assert.Contains(fault ?? "", failure ?? "");
    }

    [Theory]
    [InlineData(Secret + "\n", null)]
    [InlineData("0123456789abcdef0123456789abcdef", "SecretFile must hold whsec_")]
    [InlineData("", "SecretFile must hold whsec_")]
    [InlineData(null, "SecretFile cannot be read")]
    public async Task SecretFile_IsChecked_AndNothingIsSentUnsigned(string? content, string? fault)
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var endpoint = new WebhookEndpointOptions { Url = "http://127.0.0.1:1/", AllowPrivateNetwork = true, SecretFile = file };
        var options = new WebhookOptions { Endpoints = { ["one"] = endpoint } };
        var happened = new WebhookEvent("evt_1", WebhookEvent.RunFailed, DateTimeOffset.UnixEpoch, []);
        using var sender = new WebhookSender(Options.Create(options), TimeProvider.System);
        try
        {
            if (content is not null)
            {
                await File.WriteAllTextAsync(file, content);
            }

            string? failure = new WebhookOptionsValidator(_keys).Validate(null, options).FailureMessage;
            (bool delivered, string result) = await sender.SendAsync("one", happened, CancellationToken.None);

            Assert.Equal(fault is null, failure is null);
            Assert.Contains(fault ?? "", failure ?? "");
            Assert.False(delivered);

            // Nobody listens there.
            Assert.Equal(fault is null, result == nameof(HttpRequestError.ConnectionError));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
