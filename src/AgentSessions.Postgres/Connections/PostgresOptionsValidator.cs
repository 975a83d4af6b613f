using Microsoft.Extensions.Options;
using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>Checks ranges by their attributes, and that the connection string can be read.</summary>
[OptionsValidator]
internal sealed partial class PostgresOptionsRanges : IValidateOptions<PostgresOptions>;

/// <summary>Checks the connection string without ever repeating it: it may hold the password.</summary>
internal sealed class PostgresConnectionStringRule : IValidateOptions<PostgresOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresOptions options)
    {
        if (string.IsNullOrEmpty(options.ConnectionString))
        {
            // Told by its own rule.
            return ValidateOptionsResult.Success;
        }

        try
        {
            var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            if (string.IsNullOrEmpty(builder.Host))
            {
                return ValidateOptionsResult.Fail($"{PostgresOptions.Section}:ConnectionString names no host (Host=…).");
            }
        }
        catch (ArgumentException)
        {
            return ValidateOptionsResult.Fail($"{PostgresOptions.Section}:ConnectionString is not an Npgsql connection string.");
        }

        return options.PasswordFile is null || File.Exists(options.PasswordFile)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{PostgresOptions.Section}:PasswordFile names a file that does not exist.");
    }
}
