namespace AgentSessions.Embedded.Entries;

/// <summary>Every stored value starts with the number of its form.</summary>
internal static class StoredForm
{
    /// <exception cref="InvalidDataException">A newer program wrote it, or it is damaged.</exception>
    public static void Require(byte form, byte known)
    {
        if (form == 0 || form > known)
        {
            throw new InvalidDataException($"A stored value has form {form}; this program knows forms up to {known}.");
        }
    }
}
