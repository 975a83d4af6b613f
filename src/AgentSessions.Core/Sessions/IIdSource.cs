using System.Security.Cryptography;

namespace AgentSessions.Core.Sessions;

/// <summary>Makes ids. From outside, so that a seeded test gets the same ones again.</summary>
public interface IIdSource
{
    /// <summary>A session's friendly id.</summary>
    string NewSessionId();

    /// <summary>A run's id.</summary>
    string NewRunId();
}

/// <summary>Unguessable ids: 21 lowercase letters and digits, more than 100 bits.</summary>
public sealed class RandomIdSource : IIdSource
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <inheritdoc/>
    public string NewSessionId() => SessionKey.FriendlyPrefix + RandomNumberGenerator.GetString(Alphabet, 21);

    /// <inheritdoc/>
    public string NewRunId() => "run_" + RandomNumberGenerator.GetString(Alphabet, 21);
}
