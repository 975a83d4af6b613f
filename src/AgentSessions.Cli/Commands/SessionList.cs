using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary><c>sessions list</c>: the newest sessions, over as many pages as are asked for.</summary>
internal static partial class SessionList
{
    private const int MaxPage = 100;

    public static Command Create(ServerOptions server, Terminal terminal)
    {
        Option<string> agent = new("--agent") { Description = "Only of this agent" };
        Option<string> status = new("--status") { Description = "Only ACTIVE, CLOSED or EXPIRED" };
        Option<string> tag = new("--tag") { Description = "Only with this tag" };
        Option<string> period = new("--since") { Description = "Only those created within a period such as 30m, 12h or 7d" };
        Option<int> limit = CountOption.Create("How many at most", standard: 20, most: null);
        period.Validators.Add(static result =>
        {
            if (result.Tokens is [{ } token] && !Period().IsMatch(token.Value))
            {
                result.AddError($"--since must be a period such as 30m, 12h or 7d, not '{token.Value}'");
            }
        });
        status.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "ACTIVE", "CLOSED", "EXPIRED");
        return new Command("list", "Lists sessions, the newest first") { agent, status, tag, period, limit }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string filter = Filter("taskIdentifier", parsed.GetValue(agent)) + Filter("status", parsed.GetValue(status)?.ToUpperInvariant())
                    + Filter("tags", parsed.GetValue(tag)) + Filter("createdAt][period", parsed.GetValue(period));
                List<JsonElement> rows = await ReadAsync(api, filter, parsed.GetValue(limit), cancellationToken);
                Write(terminal.Out, rows, parsed.GetValue(server.Json), server.Time.GetUtcNow());
            });
    }

    private static async Task<List<JsonElement>> ReadAsync(ServerApi api, string filter, int limit, CancellationToken cancellationToken)
    {
        List<JsonElement> rows = [];
        for (string? after = ""; after is not null && rows.Count < limit;)
        {
            int size = Math.Min(MaxPage, limit - rows.Count);
            string page = after.Length > 0 ? $"&page%5Bafter%5D={Uri.EscapeDataString(after)}" : "";
            JsonElement answer = await api.GetAsync($"api/v1/sessions?page%5Bsize%5D={size}{page}{filter}", cancellationToken);
            rows.AddRange(answer.Items("data"));
            after = answer.Field("pagination")?.Text("next");
        }

        return rows;
    }

    [GeneratedRegex("^[1-9][0-9]*[smhdw]$")]
    private static partial Regex Period();

    private static string Filter(string name, string? value) =>
        value is null ? "" : $"&{Uri.EscapeDataString($"filter[{name}]")}={Uri.EscapeDataString(value)}";

    private static void Write(TextWriter writer, List<JsonElement> rows, bool asJson, DateTimeOffset now)
    {
        if (asJson)
        {
            rows.ForEach(writer.WriteJson);
            return;
        }

        var table = new TextTable("SESSION", "AGENT", "STATUS", "CREATED", "RUN", "TAGS");
        foreach (JsonElement row in rows)
        {
            table.Add(
                row.Text("externalId") ?? row.Text("id"),
                row.Text("taskIdentifier"),
                StatusOf(row, now),
                row.LocalTime("createdAt"),
                row.Text("currentRunId"),
                string.Join(",", row.Items("tags").Select(static tag => tag.GetString())));
        }

        table.WriteTo(writer);
    }

    private static string StatusOf(JsonElement row, DateTimeOffset now) => row.Text("closedAt") is not null
        ? "closed"
        : DateTimeOffset.TryParse(row.Text("expiresAt"), CultureInfo.InvariantCulture, out DateTimeOffset expiry) && expiry <= now ? "expired" : "active";
}
