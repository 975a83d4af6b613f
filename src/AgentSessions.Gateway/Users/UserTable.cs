using System.Security.Cryptography;
using System.Text;

namespace AgentSessions.Gateway.Users;

/// <summary>The configured users by token.</summary>
internal sealed class UserTable
{
    private const int MaxIdLength = 128;
    private const int MaxTokenLength = 512;

    private readonly List<(byte[] TokenHash, GatewayUser User)> _users = [];

    /// <summary>Reads the options.</summary>
    /// <param name="options">What is configured.</param>
    /// <param name="errors">Gets a sentence for each thing that is wrong, named by its configuration key.</param>
    public static UserTable Read(UsersOptions options, List<string> errors)
    {
        var table = new UserTable();
        for (int i = 0; i < options.Users.Count; i++)
        {
            table.Add(options.Users[i], $"{UsersOptions.Section}:{nameof(UsersOptions.Users)}:{i}", errors);
        }

        return table;
    }

    /// <summary>The user who holds the token, or null. Every entry is compared, so time tells nothing.</summary>
    public GatewayUser? Find(string token)
    {
        byte[] hash = HashOf(token);
        GatewayUser? found = null;
        foreach ((byte[] tokenHash, GatewayUser user) in _users)
        {
            if (CryptographicOperations.FixedTimeEquals(tokenHash, hash))
            {
                found = user;
            }
        }

        return found;
    }

    private void Add(UserOptions options, string section, List<string> errors)
    {
        if (options.Id is not { Length: > 0 and <= MaxIdLength } id || _users.Exists(entry => entry.User.Id == id))
        {
            errors.Add($"{section}:Id: an id has 1 to {MaxIdLength} characters and is in the list once");
        }
        else if (ReadToken(options, section, errors) is not { } token)
        {
            return;
        }
        else if (Find(token) is not null)
        {
            errors.Add($"{section}:Token: another user has the same token");
        }
        else
        {
            _users.Add((HashOf(token), new GatewayUser(id, options.Environment)
            {
                IsAdministrator = options.Administrator,
                HasAgentApi = options.Administrator || options.AgentApi,
            }));
        }
    }

    private static string? ReadToken(UserOptions options, string section, List<string> errors)
    {
        if (options.Token is null == options.TokenFile is null)
        {
            errors.Add($"{section}:Token: set either this or TokenFile");
            return null;
        }

        string name = $"{section}:{(options.Token is null ? nameof(UserOptions.TokenFile) : nameof(UserOptions.Token))}";
        string token;
        try
        {
            token = options.Token ?? File.ReadAllText(options.TokenFile!).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add($"{name}: the file cannot be read");
            return null;
        }

        if (token.Length is 0 or > MaxTokenLength || token.Any(static letter => letter is <= ' ' or >= '\x7f'))
        {
            errors.Add($"{name}: a token has 1 to {MaxTokenLength} visible ASCII characters");
            return null;
        }

        return token;
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
