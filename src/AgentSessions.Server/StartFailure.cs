using System.Net.Sockets;
using System.Text.RegularExpressions;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Options;

namespace AgentSessions.Server;

/// <summary>Failures of a start that an operator can mend from their message alone, without a stack trace.</summary>
internal static partial class StartFailure
{
    public static bool IsExpected(Exception exception) =>
        exception is OptionsValidationException or InvalidOperationException or IOException or UnauthorizedAccessException or InvalidDataException
            or StoreDamagedException or StoreUnavailableException
        || exception is AggregateException { InnerExceptions: var several } && several.All(IsExpected)
        || exception is SocketException
        || IsAddress(exception)
        || exception.GetType().Namespace?.StartsWith("AgentSessions", StringComparison.Ordinal) == true;

    /// <summary>One line that says what to mend.</summary>
    public static string Explain(Exception exception) => exception switch
    {
        OptionsValidationException settings => string.Join("; ", settings.Failures.Select(failure => Explain(settings.OptionsType, failure))),
        AggregateException several => string.Join("; ", several.InnerExceptions.Select(Explain)),
        SocketException refused => $"urls: an address cannot be listened on: {refused.Message}",
        InvalidDataException file => SettingsFiles.Explain(file),
        _ when IsAddress(exception) => "urls must be addresses such as http://127.0.0.1:3030, with ports of 0 to 65535",
        _ => ConversionFailure().Match(exception.Message) is { Success: true } wrong
            ? $"{wrong.Groups["key"].Value} must be {WantedBy(wrong.Groups["type"].Value)}"
            : exception.Message,
    };

    /// <summary>Names the setting by its whole key where a rule knows no more than the options' own field.</summary>
    private static string Explain(Type options, string failure) =>
        FieldRule().Match(failure) is { Success: true } rule && options.GetField("Section")?.GetRawConstantValue() is string section
            ? $"{section}:{rule.Groups["field"].Value} {rule.Groups["rule"].Value.Replace("is required", "must be set", StringComparison.Ordinal)}"
            : failure;

    /// <summary>What a value of a type looks like to who has to write it.</summary>
    private static string WantedBy(string type) => type switch
    {
        "System.Boolean" => "true or false",
        "System.Int32" or "System.Int64" => "a whole number",
        "System.Double" or "System.Decimal" => "a number",
        "System.TimeSpan" => "a time such as 00:00:30 (days.hours:minutes:seconds)",
        "System.DateTimeOffset" => "a moment such as 2026-12-01T00:00:00Z",
        "System.Uri" => "an address such as https://agents.example.com",
        _ => AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(type)).FirstOrDefault(static found => found?.IsEnum == true) is { } choice
            ? string.Join(" or ", Enum.GetNames(choice))
            : "another value",
    };

    /// <summary>Checks all settings before anything is opened, so that a wrong one is told by itself.</summary>
    public static void CheckSettings(this IHost host) => host.Services.GetService<IStartupValidator>()?.Validate();

    /// <summary>What Kestrel throws at an address that it cannot read.</summary>
    private static bool IsAddress(Exception exception) =>
        exception is ArgumentOutOfRangeException { ParamName: "port" } || (exception is FormatException && exception.Message.StartsWith("Invalid url", StringComparison.Ordinal));

    /// <summary>What generated validators say, such as <c>Writers: The field PostgresOptions.Writers must be between 1 and 64.</c></summary>
    [GeneratedRegex(@"^(?<field>\w+): The (field )?\w+\.\k<field> (field )?(?<rule>.+?)\.?$")]
    private static partial Regex FieldRule();

    /// <summary>What the configuration's binder says, such as <c>Failed to convert configuration value 'soon' at 'AgentSessions:Store:SegmentBytes' to type 'System.Int64'.</c></summary>
    [GeneratedRegex(@"^Failed to convert configuration value '.*' at '(?<key>[^']+)' to type '(?<type>[^']+)'", RegexOptions.Singleline)]
    private static partial Regex ConversionFailure();
}
