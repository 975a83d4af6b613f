using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Users;

/// <summary>The users that the configuration names, as it stands at the moment of each request.</summary>
internal sealed class ConfiguredUsers(IOptionsMonitor<UsersOptions> options) : IUserSource
{
    private volatile UsersRead? _last;

    public ValueTask<GatewayUser?> FindByTokenAsync(string token, CancellationToken cancellationToken) => new(Table().Find(token));

    private UserTable Table()
    {
        // The monitor answers the same object until the configuration changes.
        UsersOptions current = options.CurrentValue;
        if (_last is not { } last || last.Options != current)
        {
            _last = last = new UsersRead(current, UserTable.Read(current, []));
        }

        return last.Table;
    }

    private sealed record UsersRead(UsersOptions Options, UserTable Table);
}
