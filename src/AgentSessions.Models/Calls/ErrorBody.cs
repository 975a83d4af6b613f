namespace AgentSessions.Models.Calls;

/// <summary>Reads the beginning of an error's body. A body that breaks off does not hide the status it came with.</summary>
internal static class ErrorBody
{
    private const int MaxBytes = 64 * 1_024;

    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaxBytes];
        int count = 0;
        try
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            count = await stream.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The status says enough.
        }

        return buffer[..count];
    }
}
