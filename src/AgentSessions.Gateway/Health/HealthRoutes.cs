using AgentSessions.Core;
using AgentSessions.Gateway.Answers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Gateway.Health;

/// <summary>What orchestrators ask: is the process alive, has it started, should it get requests.</summary>
internal sealed class HealthRoutes(IEnumerable<IReadinessCheck> checks, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly IReadinessCheck[] _checks = [.. checks];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.ServiceProvider.GetRequiredService<HealthRoutes>();
        Map("/health/live", static context => AnswerAsync(context, []));
        Map("/health/startup", health.StartupAsync);
        Map("/health/ready", health.ReadyAsync);

        // Many monitors ask with HEAD.
        void Map(string path, RequestDelegate answer) => routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);
    }

    private Task StartupAsync(HttpContext context) =>
        AnswerAsync(context, lifetime.ApplicationStarted.IsCancellationRequested ? [] : [("server", "starting")]);

    private async Task ReadyAsync(HttpContext context)
    {
        var failures = new List<(string Name, string Why)>();
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            failures.Add(("server", "stopping"));
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(_patience);
        foreach (IReadinessCheck check in _checks)
        {
            if (await TryAsync(check, timeout.Token) is { } why)
            {
                failures.Add((check.Name, why));
            }
        }

        await AnswerAsync(context, failures);
    }

    private static async ValueTask<string?> TryAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.CheckAsync(cancellationToken).AsTask().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return "no answer in time";
        }
        catch (Exception)
        {
            return "failed";
        }
    }

    private static Task AnswerAsync(HttpContext context, List<(string Name, string Why)> failures)
    {
        context.Response.Headers.CacheControl = "no-store";
        int status = failures.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonAnswer.WriteAsync(context, status, failures, static (json, list) =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, list.Count == 0 ? "ok" : "unavailable");
            if (list.Count > 0)
            {
                json.WriteStartObject("failures"u8);
                list.ForEach(failure => json.WriteString(failure.Name, failure.Why));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
    }
}
