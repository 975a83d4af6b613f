namespace AgentSessions.Core.Storage;

/// <summary>Says in one line what a store is, for the start-up banner and the health answer.</summary>
public interface IStoreDescription
{
    /// <summary>Such as <c>journal and SQLite 3.40.1, synchronous=Full</c>. Never a password.</summary>
    string Describe();
}
