using System.Text;
using System.Text.Json;
using AgentSessions.Gateway.Webhooks;

namespace AgentSessions.Gateway.Tests.Webhooks;

/// <summary>Events as they are kept and shown.</summary>
public sealed class WebhookEventTests
{
    private static readonly DateTimeOffset _at = new(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);

    [Fact]
    public void TimesOfADelivery_AreUtc()
    {
        var delivery = new WebhookDelivery { NextAt = _at, DeliveredAt = _at.ToOffset(TimeSpan.FromHours(2)) };

        Assert.Equal(
            """{"attempts":0,"nextAt":"2026-11-23T09:30:00Z","deliveredAt":"2026-11-23T09:30:00Z","lastResult":null}""",
            JsonSerializer.Serialize(delivery, JsonSerializerOptions.Web));
    }

    [Fact]
    public void TimesWithAnOffset_AreRead()
    {
        var happened = WebhookEvent.Read(Encoding.UTF8.GetBytes(
            """
            {"id":"evt_1","type":"run.failed","timestamp":"2026-11-23T09:30:00+00:00","data":{},
             "deliveries":{"one":{"nextAt":"2026-11-23T10:30:00+01:00","deliveredAt":null}}}
            """));

        Assert.Equal((_at, _at), (happened.Timestamp, happened.NextAt));
    }
}
