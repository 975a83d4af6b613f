using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Users;

/// <summary>The users that the configuration names, as it stands at the moment of each request.</summary>
/// <remarks>A change that cannot be read is told in the log, and those who were there stay: one wrong line locks nobody out.</remarks>
internal sealed partial class ConfiguredUsers(IOptionsMonitor<UsersOptions> options, ILogger<ConfiguredUsers> logger) : IUserSource
{
    private volatile UsersRead? _last;
    private volatile string? _told;

    public ValueTask<GatewayUser?> FindByTokenAsync(string token, CancellationToken cancellationToken) => new(Table().Find(token));

    private UserTable Table()
    {
        UsersOptions current;
        try
        {
            // The monitor answers the same object until the configuration changes.
            current = options.CurrentValue;
        }
        catch (Exception exception) when (_last is not null && exception is (OptionsValidationException or InvalidOperationException))
        {
            TellOnce(exception.Message);
            return _last.Table;
        }

        if (_last is not { } last || last.Options != current)
        {
            _last = last = new UsersRead(current, UserTable.Read(current, []));
            _told = null;
        }

        return last.Table;
    }

    /// <summary>Every request comes by here until the configuration is mended.</summary>
    private void TellOnce(string problem)
    {
        if (_told != problem)
        {
            _told = problem;
            LogUnreadable(problem);
        }
    }

    [LoggerMessage(5030, LogLevel.Error, "The changed users cannot be read, and those from before stay: {Problem}")]
    private partial void LogUnreadable(string problem);

    private sealed record UsersRead(UsersOptions Options, UserTable Table);
}
