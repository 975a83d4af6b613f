using System.Globalization;
using AgentSessions.Cli.Terminals;
using AgentSessions.Load;

namespace AgentSessions.Cli.Loads;

/// <summary>Where a load test stands: one line that is written over on a terminal, one line a report elsewhere.</summary>
internal sealed class ProgressLine(Terminal terminal)
{
    private readonly Lock _lock = new();
    private int _width;

    public void Show(LoadProgress progress)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{progress.Phase.ToString().ToLowerInvariant(),-7} {progress.Elapsed.TotalSeconds,4:0} s  {progress.Ready} ready  {progress.ChunksPerSecond:N0} chunks/s  {progress.Turns:N0} turns  {Faults(progress)}");
        lock (_lock)
        {
            if (!terminal.IsInteractive)
            {
                terminal.Error.WriteLine(text);
                return;
            }

            terminal.Error.Write($"\r{text.PadRight(_width)}");
            terminal.Error.Flush();
            _width = text.Length;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                terminal.Error.WriteLine();
            }
        }
    }

    private static string Faults(LoadProgress progress) =>
        progress.Errors == 0 && progress.Order.None
            ? "no errors"
            : $"{progress.Errors} errors, {progress.Order.Lost} lost, {progress.Order.Repeated} repeated, {progress.Order.Reordered} reordered";
}
