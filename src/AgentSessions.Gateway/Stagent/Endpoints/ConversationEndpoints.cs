using System.Text.Json.Nodes;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Projects;
using AgentSessions.Gateway.Stagent.Rows;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary>One conversation: create, get, change, delete.</summary>
internal sealed class ConversationEndpoints(
    ISessionEngine engine, StagentAccess access, RateLimits limits, Admission admission,
    ConversationStore conversations, AgentChoice agents, ConversationRows history, ProjectScans projects)
{
    public async Task CreateAsync(HttpContext context)
    {
        (GatewayUser user, BodyFields body) = await access.ReadAsync(context);
        ConversationFields fields = ConversationFields.Read(body, isNew: true);
        var settings = new ConversationSettings { RuntimeId = fields.RuntimeId!, ModelId = fields.ModelId, ProjectId = fields.ProjectId };
        string id = Guid.NewGuid().ToString();
        limits.CountCreate(context, user.Environment, id);
        using Admission.Lease lease = admission.Write();
        StartedSession started = await engine.StartAsync(
            new StartSession
            {
                Environment = user.Environment,
                ExternalId = id,
                Type = "chat.agent",
                Agent = agents.Of(settings),
                TriggerConfig = new JsonObject { ["basePayload"] = new JsonObject { ["chatId"] = id, ["trigger"] = "preload" } }.ToJsonString(),
                Metadata = Conversation.NewMetadata(user.Id, fields.Title),
            },
            context.RequestAborted);
        Conversation conversation = await conversations.AddAsync(user, started.Row, settings, context.RequestAborted);
        projects.Refresh(settings.ProjectId);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, conversation, ConversationJson.Write);
    }

    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        Conversation conversation = await RequireAsync(context, user);
        int count = (await history.ReadAsync(conversation, context.RequestAborted)).Count;
        await JsonAnswer.WriteAsync(
            context, StatusCodes.Status200OK, (conversation, count), static (json, answer) => ConversationJson.Write(json, answer.conversation, answer.count));
    }

    public async Task PatchAsync(HttpContext context)
    {
        (GatewayUser user, BodyFields body) = await access.ReadAsync(context);
        Conversation conversation = await RequireAsync(context, user);
        ConversationFields fields = ConversationFields.Read(body, isNew: false);
        if (fields.SetsTitle)
        {
            conversation = conversation with { Row = await engine.UpdateAsync(conversation.Key, conversation.Titled(fields.Title), context.RequestAborted) };
        }

        conversation = await conversations.ChangeAsync(user, conversation, fields.Apply, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, conversation, ConversationJson.Write);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        Conversation conversation = await RequireAsync(context, user);
        if (!await engine.DeleteAsync(conversation.Key, context.RequestAborted))
        {
            throw Errors.Refuse.NotFound("Conversation not found");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private ValueTask<Conversation> RequireAsync(HttpContext context, GatewayUser user) =>
        conversations.RequireAsync(user, PathSegment.Get(context, "conversation"), context.RequestAborted);
}
