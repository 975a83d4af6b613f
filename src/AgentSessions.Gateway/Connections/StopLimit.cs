using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Connections;

/// <summary>Cuts what is still connected a while after the server was asked to stop.</summary>
/// <remarks>
/// The server waits for its connections before it lets turns finish, and both have one time together: a single reader that takes nothing would use
/// it up, and the turns be cut off at once. Streams that are read close by themselves, at once.
/// </remarks>
internal sealed class StopLimit : IDisposable
{
    private readonly CancellationTokenSource _cut;
    private readonly CancellationTokenRegistration _stopping;

    public StopLimit(IOptions<ConnectionOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stopping = lifetime.ApplicationStopping.Register(() => _cut.CancelAfter(options.Value.StopTimeout));
    }

    /// <summary>Serves a connection until it ends or is cut.</summary>
    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using CancellationTokenRegistration cut = _cut.Token.UnsafeRegister(
            static state => ((ConnectionContext)state!).Abort(new ConnectionAbortedException("The server stops.")), connection);
        await next(connection);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _cut.Dispose();
    }
}
