using Microsoft.Extensions.Options;

namespace AgentSessions.Orleans.Settings;

/// <summary>Checks <see cref="OrleansOptions"/>; every failure names its configuration key.</summary>
internal sealed class OrleansOptionsValidator : IValidateOptions<OrleansOptions>
{
    // The width of these ids in Orleans' membership and reminder tables.
    private const int MaxIdLength = 150;
    private const int MaxPort = 65535;

    public ValidateOptionsResult Validate(string? name, OrleansOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Check(IsId(options.ClusterId), nameof(options.ClusterId), $"1 to {MaxIdLength} characters, not all blank");
        Check(IsId(options.ServiceId), nameof(options.ServiceId), $"1 to {MaxIdLength} characters, not all blank");
        Check(options.SiloPort is >= 1 and <= MaxPort, nameof(options.SiloPort), $"1 to {MaxPort}");
        Check(options.GatewayPort is >= 0 and <= MaxPort, nameof(options.GatewayPort), $"0 (no cluster clients) to {MaxPort}");
        Check(options.GatewayPort != options.SiloPort || options.GatewayPort == 0, nameof(options.GatewayPort), $"different from SiloPort ({options.SiloPort})");
        Check(Enum.IsDefined(options.Role), nameof(options.Role), "Silo or Gateway");
        Check(Enum.IsDefined(options.Placement), nameof(options.Placement), "Near or Anywhere");
        Check(!string.IsNullOrWhiteSpace(options.StreamProvider), nameof(options.StreamProvider), "the name of a stream provider");
        Check(options.Address is null || !string.IsNullOrWhiteSpace(options.Address), nameof(options.Address), "an IP address or a host name");
        Check(options.NodeName is null || IsId(options.NodeName), nameof(options.NodeName), $"1 to {MaxIdLength} characters, not all blank");
        Check(IsWithin(options.ProbeInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)), nameof(options.ProbeInterval), "100 ms to 1 minute");
        Check(IsWithin(options.SilenceLimit, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(10)), nameof(options.SilenceLimit), "3 seconds to 10 minutes");
        Check(IsWithin(options.DrainTime, TimeSpan.Zero, TimeSpan.FromHours(1)), nameof(options.DrainTime), "zero to 1 hour");
        Check(IsWithin(options.PollInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)), nameof(options.PollInterval), "100 ms to 10 minutes");
        return result.Build();

        void Check(bool holds, string key, string rule)
        {
            if (!holds)
            {
                result.AddError($"{OrleansOptions.Section}:{key} must be {rule}.");
            }
        }
    }

    private static bool IsWithin(TimeSpan value, TimeSpan from, TimeSpan to) => value >= from && value <= to;

    private static bool IsId(string value) => !string.IsNullOrWhiteSpace(value) && value.Length <= MaxIdLength;
}
