using System.Globalization;

namespace AgentSessions.Server.Tests;

/// <summary>A test that only says something when it runs for long.</summary>
internal sealed class SoakFactAttribute : FactAttribute
{
    public SoakFactAttribute() => Skip = Minutes > 0 ? null : "Takes as many minutes as SOAK_MINUTES says; nobody does.";

    /// <summary>How long; 0 for not at all.</summary>
    public static double Minutes { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes) ? minutes : 0;
}
