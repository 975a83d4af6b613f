namespace AgentSessions.Gateway.Auth;

/// <summary>Reads the keys that the options name, and says what is wrong with them by configuration key.</summary>
internal static class SecretKeyReader
{
    private const int MinLength = 8;
    private const int MaxLength = 512;

    // What people leave standing from an example must not open a server.
    private static readonly string[] _placeholders =
        ["changeme", "change-me", "change_me", "your-secret-key", "your_secret_key", "secret-key", "secretkey", "tr_dev_...", "tr_dev_xxxxxxxx", "password", "12345678"];

    /// <summary>All accepted keys, current ones first in each environment.</summary>
    /// <param name="options">What is configured.</param>
    /// <param name="errors">Gets a sentence for each thing that is wrong.</param>
    public static List<AcceptedKey> Read(EnvironmentsOptions options, List<string> errors)
    {
        var keys = new List<AcceptedKey>();
        if (options.SecretKey is not null || options.SecretKeyFile is not null)
        {
            ReadEnvironment(EnvironmentsOptions.DefaultEnvironment, options, EnvironmentsOptions.Section, keys, errors);
        }

        foreach ((string id, EnvironmentKeyOptions environment) in options.Environments)
        {
            string section = $"{EnvironmentsOptions.Section}:Environments:{id}";
            if (!IsId(id) || keys.Any(key => key.Environment == id))
            {
                errors.Add($"{section}: an environment's id has 1 to 64 letters, digits, '_' or '-', and is there once");
                continue;
            }

            ReadEnvironment(id, environment, section, keys, errors);
        }

        if (keys.Count == 0 && errors.Count == 0)
        {
            errors.Add($"{EnvironmentsOptions.Section}:SecretKey: no secret key is configured");
        }

        foreach (IGrouping<string, AcceptedKey> same in keys.GroupBy(static key => Convert.ToHexString(key.Bytes)))
        {
            if (same.Select(static key => key.Environment).Distinct().Count() > 1)
            {
                errors.Add($"{EnvironmentsOptions.Section}:Environments: {string.Join(" and ", same.Select(static key => key.Environment))} have the same secret key");
            }
        }

        return keys;
    }

    private static void ReadEnvironment(string id, EnvironmentKeyOptions options, string section, List<AcceptedKey> keys, List<string> errors)
    {
        if (ReadOne(options.SecretKey, options.SecretKeyFile, $"{section}:SecretKey", errors) is { } current)
        {
            keys.Add(new AcceptedKey(id, AcceptedKey.BytesOf(current), Until: null));
        }
        else if (options.SecretKey is null && options.SecretKeyFile is null)
        {
            errors.Add($"{section}:SecretKey: the environment has no secret key");
        }

        if (options.PreviousSecretKey is null && options.PreviousSecretKeyFile is null)
        {
            return;
        }

        if (options.PreviousSecretKeyUntil is not { } until)
        {
            errors.Add($"{section}:PreviousSecretKeyUntil: a previous key needs the end of its grace period");
        }
        else if (ReadOne(options.PreviousSecretKey, options.PreviousSecretKeyFile, $"{section}:PreviousSecretKey", errors) is { } previous)
        {
            keys.Add(new AcceptedKey(id, AcceptedKey.BytesOf(previous), until));
        }
    }

    private static string? ReadOne(string? text, string? file, string name, List<string> errors)
    {
        if (text is not null && file is not null)
        {
            errors.Add($"{name}: set either this or {name}File");
            return null;
        }

        if (file is not null)
        {
            name += "File";
            try
            {
                text = File.ReadAllText(file).Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                errors.Add($"{name}: the file cannot be read");
                return null;
            }
        }

        if (text is null)
        {
            return null;
        }

        if (text.Length is < MinLength or > MaxLength || text.Any(static letter => letter is <= ' ' or >= '\x7f'))
        {
            errors.Add($"{name}: a secret key has {MinLength} to {MaxLength} visible ASCII characters");
            return null;
        }

        if (_placeholders.Contains(text, StringComparer.OrdinalIgnoreCase) || text.StartsWith('<'))
        {
            errors.Add($"{name}: this is an example; choose a key of your own");
            return null;
        }

        return text;
    }

    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && id.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');
}
