using AgentSessions.Core.Nodes;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Gateway.Console;

/// <summary>
/// <c>POST …/nodes/{node}/drain</c>: the node takes no new turns, lets those that run finish within their grace, and ends its process. 202
/// at once. Any node of a cluster can be named; one that cannot be reached gives 503.
/// </summary>
internal sealed class NodeDrain(IEnumerable<INodeDirectory> directories, Authenticator authenticator, IHostApplicationLifetime lifetime)
{
    public async Task PostAsync(HttpContext context)
    {
        // A node serves all environments.
        authenticator.RequireServerOperator(context);
        string name = PathSegment.Get(context, "node");
        (INodeDirectory directory, NodeInfo node) = await FindAsync(name, context.RequestAborted) ?? throw Refuse.NotFound("Node not found");
        if (node.IsThis)
        {
            context.Response.OnCompleted(() =>
            {
                lifetime.StopApplication();
                return Task.CompletedTask;
            });
        }
        else if (!await directory.DrainAsync(name, context.RequestAborted))
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status503ServiceUnavailable, "The node cannot be reached") { Code = "node_unreachable" });
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async ValueTask<(INodeDirectory Directory, NodeInfo Node)?> FindAsync(string name, CancellationToken cancellationToken)
    {
        foreach (INodeDirectory directory in directories)
        {
            if ((await directory.ListAsync(cancellationToken)).FirstOrDefault(node => node.Name == name) is { } found)
            {
                return (directory, found);
            }
        }

        return null;
    }
}
