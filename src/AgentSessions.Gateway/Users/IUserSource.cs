namespace AgentSessions.Gateway.Users;

/// <summary>Knows the users. Register an implementation before the gateway to bring your own; the default reads <see cref="UsersOptions"/>.</summary>
public interface IUserSource
{
    /// <summary>The user who holds a token, or null. Asked on every request, so a token that is withdrawn is refused from the next one on.</summary>
    /// <param name="token">As the caller sent it. Compare in constant time, and log it nowhere.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<GatewayUser?> FindByTokenAsync(string token, CancellationToken cancellationToken);
}
