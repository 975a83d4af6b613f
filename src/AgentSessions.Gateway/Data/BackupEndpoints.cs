using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Data;

/// <summary><c>/api/v1/backups</c>: copies the whole store, of all environments, while it works. The server's secret key only.</summary>
internal sealed class BackupEndpoints(IStoreBackup backup, Authenticator authenticator)
{
    private int _isBusy;

    /// <summary>Writes a copy beside the store and answers its name; the copy's content goes nowhere.</summary>
    public async Task PostAsync(HttpContext context)
    {
        authenticator.RequireServerKey(context);
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status409Conflict, "A backup is being written already"));
        }

        try
        {
            // A caller who leaves does not end it.
            StoreBackup written = await backup.WriteAsync(CancellationToken.None);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, written, static (Utf8JsonWriter json, StoreBackup written) =>
            {
                json.WriteStartObject();
                json.WriteString("name"u8, written.Name);
                json.WriteNumber("bytes"u8, written.Bytes);
                json.WriteEndObject();
            });
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }
}
