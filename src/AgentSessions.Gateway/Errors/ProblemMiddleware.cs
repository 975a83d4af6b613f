using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Errors;

/// <summary>Turns what routes throw, and routes that are not there, into JSON answers.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            await ExplainAsync(context);
        }
        catch (Exception exception) when (CallerLeft.Explains(exception, context))
        {
            // There is nobody to tell; and if somebody reads on all the same, an answer that nobody gave must not look like success.
            context.Abort();
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
        }
    }

    /// <summary>Routing answers an unknown path or method without a body; clients want to read why.</summary>
    public static Task ExplainAsync(HttpContext context)
    {
        if (context.Response.HasStarted || context.Response.ContentLength is not null)
        {
            return Task.CompletedTask;
        }

        Problem? problem = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new Problem(StatusCodes.Status404NotFound, "Not found"),
            StatusCodes.Status405MethodNotAllowed => new Problem(StatusCodes.Status405MethodNotAllowed, "Method not allowed"),
            _ => null,
        };
        return problem is null ? Task.CompletedTask : ProblemAnswer.WriteAsync(context, problem, RouteErrors.Default);
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        RouteErrors route = context.GetEndpoint()?.Metadata.GetMetadata<RouteErrors>() ?? RouteErrors.Default;
        Problem? problem = SessionProblems.Expected(exception, route);
        if (problem is null)
        {
            LogUnexpected(exception);
        }
        else if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            LogUnavailable(problem.Status, exception);
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        await ProblemAnswer.WriteAsync(context, problem ?? (route.IsFlat ? SessionProblems.UnexpectedFlat : SessionProblems.Unexpected), route);
    }
}
