using System.Text.Json;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Prompts;

/// <summary><c>GET /api/chat/suggested-prompts</c>.</summary>
internal sealed class PromptsEndpoint(StagentAccess access, IPromptSource source)
{
    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        IReadOnlyList<PromptCategory> categories = await source.SuggestAsync(user, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, categories.Where(static category => category.Prompts.Count > 0), Write);
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<PromptCategory> categories)
    {
        json.WriteStartArray();
        foreach (PromptCategory category in categories)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, category.Id);
            json.WriteString("label"u8, category.Label);
            json.WriteString("icon"u8, category.Icon);
            json.WriteStartArray("prompts"u8);
            foreach (SuggestedPrompt prompt in category.Prompts)
            {
                json.WriteStartObject();
                json.WriteString("label"u8, prompt.Label);
                json.WriteString("prompt"u8, prompt.Prompt);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
