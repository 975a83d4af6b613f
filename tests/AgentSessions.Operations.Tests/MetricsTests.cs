using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.TestServer;
using YamlDotNet.RepresentationModel;

namespace AgentSessions.Operations.Tests;

/// <summary>What Prometheus reads, and the dashboard and alerts that are written against it.</summary>
[Collection(SharedServer.Collection)]
public sealed partial class MetricsTests(SharedServer server)
{
    /// <summary>How the names of budgets begin; they are seen only where a budget is set.</summary>
    internal const string BudgetNames = "agent_sessions_budget_";

    /// <summary>Metrics and labels that the dashboard and the alerts ask for.</summary>
    internal static IEnumerable<string> NamesInUse()
    {
        string deploy = Path.Combine(Repository.Root, "deploy");
        return Dashboard(Path.Combine(deploy, "grafana-dashboard.json")).Concat(Alerts(Path.Combine(deploy, "alerts.yml")))
            .SelectMany(static query => OwnName().Matches(query)).Select(static match => Suffix().Replace(match.Value, "")).Distinct();
    }

    /// <summary>Metrics and labels in what was scraped.</summary>
    internal static HashSet<string> KnownIn(string text) =>
        [.. TypeLine().Matches(text).Concat(Label().Matches(text)).Select(static match => match.Groups[1].Value)];

    [Fact]
    public async Task Metrics_NeedTheServersSecretKey()
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        using var wire = new WireClient(server.Process.BaseUrl, server.Process.SecretKey);
        string token = (string)(await wire.StartAsync($"metrics-{Guid.NewGuid():N}", "echo", default))["publicAccessToken"]!;

        using HttpResponseMessage without = await http.GetAsync("/metrics");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage withToken = await http.GetAsync("/metrics");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SharedServer.OtherKey);
        using HttpResponseMessage withAnotherKey = await http.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, withToken.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, withAnotherKey.StatusCode);
    }

    [Fact]
    public async Task Metrics_CountATurnInPrometheusText()
    {
        string text = await ScrapeAfterATurnAsync();

        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, static line => Assert.Matches(Line(), line));
        Assert.Contains(lines, static line => line.StartsWith("agent_sessions_turn_first_chunk_seconds_count{gen_ai_agent_name=\"echo\"}", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("agent_sessions_turn_duration_seconds_bucket{agent_sessions_outcome=\"Answered\",gen_ai_agent_name=\"echo\",le=\"+Inf\"}", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("agent_sessions_append_duration_seconds_sum{agent_sessions_stream=\"in\"}", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("agent_sessions_chunks_total{gen_ai_agent_name=\"echo\"}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DashboardAndAlerts_NameOnlyMetricsThatExist()
    {
        string text = await ScrapeAfterATurnAsync();
        string[] names = [.. NamesInUse()];
        HashSet<string> known = KnownIn(text);

        Assert.True(names.Length >= 12, $"{names.Length} names");
        Assert.All(names.Where(static name => !name.StartsWith(BudgetNames, StringComparison.Ordinal)), name => Assert.Contains(name, known));
    }

    [PromtoolFact]
    public async Task MetricsAndAlerts_SatisfyPromtool()
    {
        // Its hints on style (exit code 3) are about metrics of the platform too, whose names are not ours.
        (int metrics, string said) = await Promtool.RunAsync(await ScrapeAfterATurnAsync(), "check", "metrics");
        (int rules, string saidOfRules) = await Promtool.RunAsync(null, "check", "rules", Path.Combine(Repository.Root, "deploy", "alerts.yml"));

        Assert.True(metrics is 0 or 3 && !said.Contains("agent_sessions_", StringComparison.Ordinal), said);
        Assert.True(rules == 0, saidOfRules);
    }

    private static IEnumerable<string> Dashboard(string path)
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(path));
        Assert.NotEmpty(dashboard.RootElement.GetProperty("title").GetString()!);
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .Select(static target => target.GetProperty("expr").GetString()!)];
    }

    private static IEnumerable<string> Alerts(string path)
    {
        var yaml = new YamlStream();
        using StreamReader reader = File.OpenText(path);
        yaml.Load(reader);
        foreach (YamlNode group in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"])
        {
            foreach (YamlNode rule in (YamlSequenceNode)group["rules"])
            {
                Assert.NotEmpty(((YamlScalarNode)rule["alert"]).Value!);
                Assert.NotEmpty(((YamlScalarNode)rule["annotations"]["summary"]).Value!);
                yield return ((YamlScalarNode)rule["expr"]).Value!;
            }
        }
    }

    private async Task<string> ScrapeAfterATurnAsync()
    {
        using var wire = new WireClient(server.Process.BaseUrl, server.Process.SecretKey);
        string chat = $"metrics-{Guid.NewGuid():N}";
        await wire.StartAsync(chat, "echo", default);
        await wire.AskAsync(chat, "hello", default);

        // The boundary is readable before the turn's own end is counted; the next turn begins after it.
        await wire.AskAsync(chat, "again", default);
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Process.SecretKey);
        return await http.GetStringAsync("/metrics");
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_][a-zA-Z0-9_]* .+|[a-zA-Z_][a-zA-Z0-9_]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)+\})? (-?[0-9.eE+-]+|[+-]Inf|NaN))$""")]
    private static partial Regex Line();

    [GeneratedRegex("""^# TYPE (\S+) """, RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex Label();

    [GeneratedRegex("agent_sessions_[a-z_]+")]
    private static partial Regex OwnName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
