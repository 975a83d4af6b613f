namespace AgentSessions.Core.Storage;

/// <summary>The bytes that one call brings: taken in once, however often its commit is overtaken and decided again.</summary>
/// <param name="quota">What bounds them; null for nothing.</param>
/// <param name="environment">Whose they are.</param>
/// <param name="bytes">How many.</param>
internal sealed class StorageShare(StorageQuota? quota, string environment, long bytes)
{
    private bool _isAdmitted = quota is null;

    /// <summary>Takes them in, unless that was done.</summary>
    /// <exception cref="Protocol.Errors.SessionException">The environment keeps as much as it may.</exception>
    public async ValueTask AdmitAsync(CancellationToken cancellationToken)
    {
        if (!_isAdmitted)
        {
            await quota!.AdmitAsync(environment, bytes, cancellationToken);
            _isAdmitted = true;
        }
    }
}
