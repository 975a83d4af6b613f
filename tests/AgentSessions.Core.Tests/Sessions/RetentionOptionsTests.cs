using AgentSessions.Core.Sessions;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Tests.Sessions;

public sealed class RetentionOptionsTests
{
    [Fact]
    public void Environment_KeepsForItsOwnTimeAndElseForTheCommonOne()
    {
        RetentionOptions options = Read(("AgentSessions:ExpiredRetention", "2.00:00:00"), ("AgentSessions:Environments:short:ExpiredRetention", "01:00:00"));

        Assert.Equal(TimeSpan.FromDays(2), options.In("default").Expired);
        Assert.Equal(TimeSpan.FromHours(1), options.In("short").Expired);
        Assert.Equal(TimeSpan.FromHours(1), options.ShortestExpired);
        Assert.Equal(options.Events, options.In("short").Events);
    }

    [Fact]
    public void Value_ThatIsWrong_IsNamed()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read(("AgentSessions:Environments:short:Retention", "soon")));

        Assert.StartsWith("AgentSessions:Environments:short:Retention must be", exception.Message);
    }

    private static RetentionOptions Read(params (string Key, string Value)[] settings) => RetentionOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build());
}
