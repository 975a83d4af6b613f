using AgentSessions.Protocol.UI;

namespace AgentSessions.Agents.Conversion;

/// <summary>What a tool's output looks like to the model.</summary>
/// <param name="call">A call with its final output.</param>
/// <returns>The value for the model: text, JSON, content or anything that serialises.</returns>
public delegate object? ToolModelOutput(ToolPart call);
