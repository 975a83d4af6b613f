using System.Globalization;
using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Server.DemoAgents;

/// <summary>For measuring: on <c>go N D</c> writes N text deltas of 20 bytes, D milliseconds apart, or as fast as it can if D is 0.</summary>
internal static class LoadAgent
{
    private const string Id = "t0";

    public static async Task RunAsync(TurnContext turn, CancellationToken cancellationToken)
    {
        (int count, int pace) = Parse(turn.Message?.Text);
        await turn.Output.WriteAsync(new TextStartChunk(Id), cancellationToken);
        using Pace? clock = pace > 0 ? new Pace(TimeSpan.FromMilliseconds(pace), TimeProvider.System) : null;
        for (int i = 0; i < count; i++)
        {
            if (clock is not null)
            {
                await clock.WaitForAsync(i, cancellationToken);
            }

            await turn.Output.WriteAsync(new TextDeltaChunk(Id, Delta(i)), cancellationToken);
        }

        await turn.Output.WriteAsync(new TextEndChunk(Id), cancellationToken);
    }

    private static string Delta(int index) => string.Create(20, index, static (chars, index) =>
    {
        chars[0] = chars[7] = '~';
        for (int place = 6; place > 0; place--, index /= 10)
        {
            chars[place] = (char)('0' + (index % 10));
        }

        "abcdefghijk ".CopyTo(chars[8..]);
    });

    private static (int Count, int PaceMilliseconds) Parse(string? text) =>
        text?.Split(' ') is ["go", var count, var pace]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int deltas)
        && int.TryParse(pace, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            ? (deltas, milliseconds)
            : (0, 0);
}
