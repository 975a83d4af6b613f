namespace AgentSessions.Core.Telemetry;

/// <summary>OpenTelemetry's names for generative AI. The conventions are still in development, so they stand here and nowhere else.</summary>
internal static class GenAINames
{
    public const string Operation = "gen_ai.operation.name";
    public const string Agent = "gen_ai.agent.name";
    public const string Conversation = "gen_ai.conversation.id";
    public const string Tool = "gen_ai.tool.name";
    public const string ToolCall = "gen_ai.tool.call.id";
    public const string RequestModel = "gen_ai.request.model";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string TokenType = "gen_ai.token.type";

    public const string InputMessages = "gen_ai.input.messages";
    public const string OutputMessages = "gen_ai.output.messages";

    public const string InvokeAgent = "invoke_agent";
    public const string ExecuteTool = "execute_tool";
    public const string Chat = "chat";
    public const string Input = "input";
    public const string Output = "output";
}
