using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>/api/permissions</c>: the caller's always-allow rules.</summary>
internal sealed class PermissionEndpoints(StagentAccess access, PermissionRules rules)
{
    public async Task ListAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await rules.ListAsync(user, context.RequestAborted), static (json, patterns) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("permissions"u8);
            foreach (string pattern in patterns)
            {
                json.WriteStringValue(pattern);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task AddAsync(HttpContext context)
    {
        (GatewayUser user, string pattern) = await ReadAsync(context);
        await rules.AddAsync(user, pattern, context.RequestAborted);
        await AnswerAsync(context);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        (GatewayUser user, string pattern) = await ReadAsync(context);
        await rules.RemoveAsync(user, pattern, context.RequestAborted);
        await AnswerAsync(context);
    }

    private async ValueTask<(GatewayUser User, string Pattern)> ReadAsync(HttpContext context)
    {
        (GatewayUser user, BodyFields body) = await access.ReadAsync(context);
        return (user, body.RequiredText("pattern", 1, PermissionRules.MaxLength));
    }

    private static Task AnswerAsync(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, "{\"success\":true}"u8.ToArray());
}
