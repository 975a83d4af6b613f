using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary><c>export</c> and <c>import</c>: sessions as archives, lines of JSON; <c>backup</c>: the whole store (docs/operations.md, Data).</summary>
internal static class ArchiveCommands
{
    private const int TailBytes = 4096;

    public static Command Export(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = new("session") { Description = "The chat's id, or the server's (session_…)" };
        Option<FileInfo> output = new("--output", "-o") { Description = "Where to write; a file that is there is not overwritten. Default: standard output" };
        return new Command("export", "Writes everything of a session as an archive") { session, output }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string path = $"api/v1/sessions/{ServerApi.Segment(parsed.GetRequiredValue(session))}/export";
                using HttpRequestMessage request = api.Request(HttpMethod.Get, path);
                using HttpResponseMessage response = await api.SendAsync(request, cancellationToken);
                if (parsed.GetValue(output) is not { } file)
                {
                    terminal.Out.Write(await response.Content.ReadAsStringAsync(cancellationToken));
                    return;
                }

                await SaveAsync(response, file, cancellationToken);
                terminal.Error.WriteLine($"{file.Name}: {file.Length} bytes");
            });
    }

    public static Command Import(ServerOptions server, Terminal terminal)
    {
        Argument<FileInfo> archive = new("archive") { Description = "A file that export wrote" };
        return new Command("import", "Brings an archive's session in, under the ids it had") { archive }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                FileInfo file = parsed.GetRequiredValue(archive);
                if (!file.Exists)
                {
                    throw new CliException(ExitCode.Usage, $"There is no file {file}");
                }

                using HttpRequestMessage request = api.Request(HttpMethod.Post, "api/v1/sessions/import");
                request.Content = new StreamContent(file.OpenRead());
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
                using HttpResponseMessage response = await api.SendAsync(request, cancellationToken);
                JsonElement row = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken)).RootElement;
                Fields.WriteDone(terminal.Out, row, parsed.GetValue(server.Json), "imported");
            });
    }

    public static Command Backup(ServerOptions server, Terminal terminal) =>
        new Command("backup", "Copies the server's store while it works, beside the store (store of files only)")
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                try
                {
                    Fields.Write(terminal.Out, await api.WorkAsync("api/v1/backups", cancellationToken), parsed.GetValue(server.Json));
                }
                catch (CliException exception) when (exception.ExitCode == ExitCode.NotFound)
                {
                    throw new CliException(ExitCode.Failed, "The server has no store of files to copy; a database is backed up with its own tools");
                }
            });

    /// <summary>Under another name until it is whole, so that no half of an archive is taken for one.</summary>
    private static async Task SaveAsync(HttpResponseMessage response, FileInfo file, CancellationToken cancellationToken)
    {
        if (file.Exists)
        {
            throw new CliException(ExitCode.Usage, $"{file} is there already");
        }

        if (file.Directory is { Exists: false } folder)
        {
            throw new CliException(ExitCode.Usage, $"There is no folder {folder}");
        }

        string part = file.FullName + ".part";
        try
        {
            await using (FileStream stream = File.Create(part))
            {
                await response.Content.CopyToAsync(stream, cancellationToken);
                if (!await EndsAsync(stream, cancellationToken))
                {
                    throw new CliException(ExitCode.Unreachable, "The archive was cut off; nothing was kept");
                }
            }

            File.Move(part, file.FullName);
            file.Refresh();
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Whether the last line is the archive's end.</summary>
    private static async Task<bool> EndsAsync(FileStream stream, CancellationToken cancellationToken)
    {
        stream.Position = Math.Max(0, stream.Length - TailBytes);
        using var reader = new StreamReader(stream, leaveOpen: true);
        string last = (await reader.ReadToEndAsync(cancellationToken)).TrimEnd('\n').Split('\n')[^1];
        try
        {
            using JsonDocument line = JsonDocument.Parse(last);
            return line.RootElement.Text("kind") == "end";
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
