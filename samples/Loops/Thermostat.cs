using AgentSessions.Agents;

namespace AgentSessions.Samples.Loops;

/// <summary>The lowest level: messages in, chunks out, and a boundary after each answer. No model, no history.</summary>
public static class Thermostat
{
    /// <summary>Reads messages such as <c>21.5</c> until the run ends.</summary>
    public static async Task RunAsync(IAgentSessionLoop loop, CancellationToken cancellationToken)
    {
        decimal target = 20;
        await foreach (SessionMessage message in loop.Channel.In.ReadAllAsync(cancellationToken))
        {
            bool isNumber = decimal.TryParse(message.Message?.Text, System.Globalization.CultureInfo.InvariantCulture, out decimal wanted);
            target = isNumber ? Math.Clamp(wanted, 5, 25) : target;
            await loop.Channel.Out.Current.WriteDataAsync("target", new { celsius = target }, cancellationToken: cancellationToken);
            await loop.Channel.Out.Current.WriteTextAsync(FormattableString.Invariant($"Set to {target} degrees."), cancellationToken);
            await loop.Channel.Out.CompleteTurnAsync();
        }
    }
}
