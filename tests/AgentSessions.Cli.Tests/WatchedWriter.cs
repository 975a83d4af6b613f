using System.Text;

namespace AgentSessions.Cli.Tests;

/// <summary>Keeps what is written and lets tests wait for it.</summary>
internal sealed class WatchedWriter : TextWriter
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _text = new();
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        lock (_text)
        {
            _text.Append(value);
            _written.SetResult();
            _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public override string ToString()
    {
        lock (_text)
        {
            return _text.ToString();
        }
    }

    public async Task WaitForAsync(string text)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (true)
        {
            Task written;
            lock (_text)
            {
                if (_text.ToString().Contains(text, StringComparison.Ordinal))
                {
                    return;
                }

                written = _written.Task;
            }

            try
            {
                await written.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"'{text}' was not written within {_limit}; there is: {this}");
            }
        }
    }
}
