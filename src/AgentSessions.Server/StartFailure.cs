using AgentSessions.Core.Storage;
using Microsoft.Extensions.Options;

namespace AgentSessions.Server;

/// <summary>Failures of a start that an operator can mend from their message alone, without a stack trace.</summary>
internal static class StartFailure
{
    public static bool IsExpected(Exception exception) =>
        exception is OptionsValidationException or InvalidOperationException or IOException or StoreDamagedException or StoreUnavailableException
        || exception.GetType().Namespace?.StartsWith("AgentSessions", StringComparison.Ordinal) == true;
}
