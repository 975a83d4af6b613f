using AgentSessions.Agents;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>What becomes of a message that answers an approval which is not open: its turn fails, and nothing of the message is kept.</summary>
internal static class RefusedApproval
{
    /// <exception cref="AgentUserException">The message was refused.</exception>
    public static void ThrowIfRefused(this UIMessageMergeResult result)
    {
        switch (result.Kind)
        {
            case UIMessageMergeKind.ApprovalNotFound:
                throw new AgentUserException("approval-not-found: there is no such approval to answer.");
            case UIMessageMergeKind.ApprovalAlreadyAnswered:
                throw new AgentUserException("approval-not-found: the approval was answered before.");
        }
    }
}
