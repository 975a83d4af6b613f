using System.Text.Json;
using AgentSessions.Gateway.Answers;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Errors;

/// <summary>Writes a problem with the headers that official clients act on.</summary>
internal static class ProblemAnswer
{
    public static Task WriteAsync(HttpContext context, Problem problem, RouteErrors route)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (problem.RetryAfter is TimeSpan wait)
        {
            headers.RetryAfter = Seconds(wait).ToString();
        }
        else if (IsFinal(problem.Status))
        {
            // Without this an official client repeats a 409 for nine seconds.
            headers["x-should-retry"] = "false";
        }

        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = "Bearer";
        }

        return JsonAnswer.WriteAsync(context, problem.Status, (problem, route), static (json, answer) => Write(json, answer.problem, answer.route));
    }

    private static long Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));

    private static bool IsFinal(int status) =>
        status < StatusCodes.Status500InternalServerError && status is not (StatusCodes.Status408RequestTimeout or StatusCodes.Status429TooManyRequests);

    private static void Write(Utf8JsonWriter json, Problem problem, RouteErrors route)
    {
        json.WriteStartObject();
        if (route.SaysOk)
        {
            json.WriteBoolean("ok"u8, false);
        }

        json.WriteString("error"u8, problem.Error);
        if (route.IsFlat)
        {
            if (problem is { Status: StatusCodes.Status429TooManyRequests, RetryAfter: { } wait })
            {
                json.WriteNumber("retryAfter"u8, Seconds(wait));
            }

            json.WriteEndObject();
            return;
        }

        WriteOptional(json, "code"u8, problem.Code);
        WriteOptional(json, "param"u8, problem.Param);
        WriteOptional(json, "type"u8, problem.Type);
        if (problem.IsClosed)
        {
            json.WriteString("closedReason"u8, problem.ClosedReason);
        }

        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
