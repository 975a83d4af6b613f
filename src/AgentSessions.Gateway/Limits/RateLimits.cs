using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Limits;

/// <summary>Refuses appends and creates that come too often, with the headers that tell clients when to repeat.</summary>
internal sealed class RateLimits(IOptions<RateLimitOptions> options, TimeProvider time)
{
    private readonly RateWindow<SessionKey>? _sessionAppends = For<SessionKey>(options.Value.AppendsPerSession, options.Value, time);
    private readonly RateWindow<string>? _environmentAppends = For<string>(options.Value.AppendsPerEnvironment, options.Value, time);
    private readonly RateWindow<SessionKey>? _sessionCreates = For<SessionKey>(options.Value.CreatesPerSession, options.Value, time);
    private readonly RateWindow<string>? _environmentCreates = For<string>(options.Value.CreatesPerEnvironment, options.Value, time);

    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/>.</exception>
    public void CountAppend(HttpContext context, SessionKey session)
    {
        Count(context, _sessionAppends, session);
        CountAppend(context, session.Environment);
    }

    /// <summary>Counts what is stored beside the sessions of an environment.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/>.</exception>
    public void CountAppend(HttpContext context, string environment) => Count(context, _environmentAppends, environment);

    /// <param name="context">The call.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="externalId">The id asked for; null for a session without one.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/>.</exception>
    public void CountCreate(HttpContext context, string environment, string? externalId)
    {
        if (externalId is not null)
        {
            Count(context, _sessionCreates, new SessionKey(environment, externalId));
        }

        Count(context, _environmentCreates, environment);
    }

    private static RateWindow<TKey>? For<TKey>(int limit, RateLimitOptions options, TimeProvider time)
        where TKey : notnull => limit > 0 ? new RateWindow<TKey>(limit, options.Window, time) : null;

    private void Count<TKey>(HttpContext context, RateWindow<TKey>? window, TKey key)
        where TKey : notnull
    {
        if (window is null)
        {
            return;
        }

        bool may = window.TryCount(key, out RateAnswer answer);
        if (!context.Response.HasStarted)
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers["x-ratelimit-limit"] = answer.Limit.ToString();
            headers["x-ratelimit-remaining"] = answer.Remaining.ToString();
            headers["x-ratelimit-reset"] = answer.ResetAt.ToString();
        }

        if (!may)
        {
            throw new SessionException(SessionErrorCode.RateLimited, "Too many calls; repeat when the limit refills")
            {
                RetryAfter = DateTimeOffset.FromUnixTimeMilliseconds(answer.ResetAt) - time.GetUtcNow(),
            };
        }
    }
}
