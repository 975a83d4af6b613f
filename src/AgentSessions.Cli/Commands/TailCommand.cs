using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary><c>tail</c>: the records of a stream as they come.</summary>
internal static class TailCommand
{
    private const int MaxText = 160;

    public static Command Create(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = new("session") { Description = "The chat's id, or the server's (session_…)" };
        Option<bool> input = new("--in") { Description = "What clients sent, in place of what the agent answered" };
        Option<string> channel = new("--channel") { Description = "A side channel's name; default: the session's own streams" };
        Option<long> after = new("--after") { Description = "Begin behind this sequence number", DefaultValueFactory = static _ => -1 };
        Option<bool> once = new("--once") { Description = "Print what is stored and leave, in place of following" };
        return new Command("tail", "Prints the records of a session's stream and follows it, until Ctrl-C") { session, input, channel, after, once }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string id = parsed.GetRequiredValue(session);
                if (!await ExistsAsync(api, id, cancellationToken))
                {
                    if (parsed.GetValue(once))
                    {
                        throw new CliException(ExitCode.NotFound, $"There is no session {id}");
                    }

                    terminal.Error.WriteLine($"There is no session {id} yet; waiting for it");
                }

                string side = parsed.GetValue(channel) is { } name ? $"/channels/{ServerApi.Segment(name)}" : "";
                string path = $"realtime/v1/sessions/{ServerApi.Segment(id)}{side}/{(parsed.GetValue(input) ? "in" : "out")}";
                var follower = new StreamFollower(
                    api, path, server.Time, reason => terminal.Error.WriteLine($"connection lost ({reason}), trying again"));
                Action<TailedRecord> write = parsed.GetValue(server.Json) ? record => WriteJson(terminal.Out, record) : record => Write(terminal.Out, record);
                if (parsed.GetValue(once))
                {
                    foreach (TailedRecord record in await follower.ReadAsync(parsed.GetValue(after), cancellationToken))
                    {
                        write(record);
                    }

                    return;
                }

                await foreach (TailedRecord record in follower.FollowAsync(parsed.GetValue(after), cancellationToken))
                {
                    if (!record.IsCommand)
                    {
                        write(record);
                    }
                }
            });
    }

    /// <summary>Streams of a session that is not there read as empty ones, so it is looked for first.</summary>
    private static async Task<bool> ExistsAsync(ServerApi api, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await api.FindAsync($"api/v1/sessions/{ServerApi.Segment(id)}", cancellationToken) is not null;
        }
        catch (CliException exception) when (exception.ExitCode == ExitCode.Denied)
        {
            // A token for the streams alone; they answer for themselves.
            return true;
        }
    }

    private static void Write(TextWriter writer, TailedRecord record)
    {
        string moment = record.Timestamp == 0
            ? ""
            : DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp).ToLocalTime().ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture);
        string content = record.Control is null
            ? Content(record.Data)
            : string.Join(" ", record.Headers.Where(static header => !IsSecret(header.Name)).Select(static header => $"{header.Name}={header.Value}"));
        writer.WriteLine($"{record.Sequence,6} {moment}{PlainText.Line(content, MaxText)}");
        writer.Flush();
    }

    private static string Content(JsonElement data) => data.ValueKind switch
    {
        JsonValueKind.Undefined => "",
        JsonValueKind.String => data.GetString()!,
        _ => data.Text("type") is { } type ? $"{type} {data.GetRawText()}" : data.GetRawText(),
    };

    private static void WriteJson(TextWriter writer, TailedRecord record) => writer.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("seq", record.Sequence);
        if (record.Timestamp != 0)
        {
            json.WriteNumber("timestamp", record.Timestamp);
        }

        if (record.Data.ValueKind != JsonValueKind.Undefined)
        {
            json.WritePropertyName("data");
            record.Data.WriteTo(json);
        }

        json.WriteStartObject("headers");
        foreach ((string name, string value) in record.Headers)
        {
            json.WriteString(name, IsSecret(name) ? "(hidden)" : value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Boundaries carry a fresh token for the page; a terminal's scrollback is no place for it.</summary>
    private static bool IsSecret(string header) => header == Protocol.Records.ControlHeaders.PublicAccessToken;
}
