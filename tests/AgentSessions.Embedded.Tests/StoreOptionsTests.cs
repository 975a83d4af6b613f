using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AgentSessions.Embedded.Tests;

/// <summary>Settings that cannot work stop the start and name their key.</summary>
public sealed class StoreOptionsTests
{
    [Theory]
    [InlineData("JournalBytes", "1048576", "JournalBytes")]
    [InlineData("JournalBytes", "4194304", "JournalBytes")]
    [InlineData("SegmentBytes", "1073741824", "JournalBytes")]
    [InlineData("SegmentBytes", "1", "SegmentBytes")]
    public void AJournalOfLessThanTwoFiles_AndWhatIsOutOfRange_AreRefused(string key, string value, string named)
    {
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(() => Read((key, value)));
        Assert.Contains(named, refused.Message);
    }

    [Fact]
    public void AJournalOfTwoFiles_IsTaken()
    {
        Read();
        Assert.Equal(16 << 20, Read(("JournalBytes", "16777216")).JournalBytes);
    }

    private static EmbeddedStoreOptions Read(params (string Key, string Value)[] settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create($"{EmbeddedStoreOptions.Section}:{setting.Key}", (string?)setting.Value)))
            .Build();
        using ServiceProvider services = new ServiceCollection().AddEmbeddedSessionStore(configuration, "unused").BuildServiceProvider();
        return services.GetRequiredService<IOptions<EmbeddedStoreOptions>>().Value;
    }
}
