using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using AgentSessions.Testing;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Tests.Storage;

public sealed class StorageQuotaTests
{
    private const long Limit = 100_000;

    [Fact]
    public async Task Limit_StopsAtTheMessageThatWouldPassIt()
    {
        StorageQuota quota = Quota();
        int taken = 0;
        SessionException? refused = null;
        while (refused is null)
        {
            try
            {
                await quota.AdmitAsync("env", 1_000, default);
                taken++;
            }
            catch (SessionException exception)
            {
                refused = exception;
            }
        }

        Assert.Equal(SessionErrorCode.StorageFull, refused.Code);
        Assert.False(refused.IsTransient);
        Assert.Equal(Limit / 1_000, taken);
    }

    [Fact]
    public async Task ManyAtOnce_PassTheLimitByNoMoreThanOne()
    {
        StorageQuota quota = Quota();
        await quota.AdmitAsync("env", 0, default);
        int taken = 0;
        await Parallel.ForAsync(0, 1_000, async (_, token) =>
        {
            try
            {
                await quota.AdmitAsync("env", 1_000, token);
                Interlocked.Increment(ref taken);
            }
            catch (SessionException)
            {
            }
        });
        Assert.Equal(Limit / 1_000, taken);
    }

    [Fact]
    public void Value_ThatIsWrong_IsNamed()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Read(("AgentSessions:Environments:small:MaxStoredBytes", "1 GB")));
        Assert.StartsWith("AgentSessions:Environments:small:MaxStoredBytes must be", exception.Message);
    }

    [Fact]
    public void Environment_MayKeepAnotherAmountOrAny()
    {
        StorageLimits limits = Read(
            ("AgentSessions:MaxStoredBytes", "10"), ("AgentSessions:Environments:small:MaxStoredBytes", "5"), ("AgentSessions:Environments:large:MaxStoredBytes", "0"));
        Assert.Equal((10, 5, null), (limits.In("default"), limits.In("small"), limits.In("large")));
        Assert.Null(Read().In("default"));
    }

    /// <summary>Measures once; from then on the quota's own count holds.</summary>
    private static StorageQuota Quota() => new(new InMemorySessionStore(), new StorageLimits { Bytes = Limit }, new ManualTime());

    private static StorageLimits Read(params (string Key, string Value)[] settings) => StorageLimits.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build());
}
