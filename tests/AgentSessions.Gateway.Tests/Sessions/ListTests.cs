using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Sessions;

public sealed class ListTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Trap8_ValuesJoinedByCommasAreSplit_AndTrap7_TagsAreTheSessions()
    {
        string tag = Calls.NewId("tag");
        string one = await NewAsync(tag, "x1"), two = await NewAsync(tag, "x2"), three = await NewAsync(tag, "x3");
        await server.SendAsync("POST", Calls.SessionPath(three, "/close"));
        string withConfigTag = Calls.CreateBody(Calls.NewId()).Replace("\"triggerConfig\":{", $"\"triggerConfig\":{{\"tags\":[\"{tag}\"],", StringComparison.Ordinal);
        await server.SendAsync("POST", "/api/v1/sessions", withConfigTag);

        Assert.Equal([three, two, one], await ListAsync($"filter[tags]={tag}"));
        Assert.Equal([two, one], await ListAsync($"filter[tags]={tag}-x1,{tag}-x2"));
        Assert.Equal([two, one], await ListAsync($"filter%5Btags%5D={tag}-x1%2C{tag}-x2"));
        Assert.Equal([three], await ListAsync($"filter[tags]={tag}&filter[status]=CLOSED"));
        Assert.Equal([three, two, one], await ListAsync($"filter[tags]={tag}&filter[status]=ACTIVE,CLOSED"));
        Assert.Equal([], await ListAsync($"filter[tags]={tag}&filter[status]=EXPIRED"));
        Assert.Equal([one], await ListAsync($"filter[externalId]={one}"));
        Assert.Equal([three, two, one], await ListAsync($"filter[tags]={tag}&filter[taskIdentifier]=echo&filter[type]=chat.agent"));
        Assert.Equal([], await ListAsync($"filter[tags]={tag}&filter[taskIdentifier]=other"));
        Assert.Equal([three, two, one], await ListAsync($"filter[tags]={tag}&filter[createdAt][period]=1h"));
        long soon = server.Clock.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds();
        Assert.Equal([], await ListAsync($"filter[tags]={tag}&filter[createdAt][from]={soon}"));
        Assert.Equal([three, two, one], await ListAsync($"filter[tags]={tag}&filter[createdAt][to]={soon}&filter[createdAt][from]=0"));
    }

    [Fact]
    public async Task CreatedAt_AsItIsShown_IsInsideBothBounds()
    {
        server.Clock.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond / 2));
        string tag = Calls.NewId("tag");
        string id = await NewAsync(tag, "x");
        Answer row = await server.SendAsync("GET", Calls.SessionPath(id));
        long shown = row.Json.GetProperty("createdAt").GetDateTimeOffset().ToUnixTimeMilliseconds();

        Assert.Equal([id], await ListAsync($"filter[tags]={tag}&filter[createdAt][from]={shown}&filter[createdAt][to]={shown}"));
        Assert.Equal([], await ListAsync($"filter[tags]={tag}&filter[createdAt][to]={shown - 1}"));
        Assert.Equal([], await ListAsync($"filter[tags]={tag}&filter[createdAt][from]={shown + 1}"));
    }

    [Fact]
    public async Task Pages_GoForthAndBack()
    {
        string tag = Calls.NewId("tag");
        var ids = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            ids.Insert(0, await NewAsync(tag, $"{i}"));
        }

        JsonElement first = await PageAsync($"filter[tags]={tag}&page[size]=2");
        string next = first.GetProperty("pagination").GetProperty("next").GetString()!;
        JsonElement second = await PageAsync($"filter[tags]={tag}&page[size]=2&page[after]={next}");
        string last = second.GetProperty("pagination").GetProperty("next").GetString()!;
        JsonElement third = await PageAsync($"filter[tags]={tag}&page[size]=2&page[after]={last}");
        JsonElement back = await PageAsync($"filter[tags]={tag}&page[size]=2&page[before]={second.GetProperty("pagination").GetProperty("previous").GetString()}");

        Assert.Equal(ids[..2], Ids(first));
        Assert.Equal(ids[2..4], Ids(second));
        Assert.Equal(ids[4..], Ids(third));
        Assert.Equal(ids[..2], Ids(back));
        Assert.False(first.GetProperty("pagination").TryGetProperty("previous", out _));
        Assert.False(third.GetProperty("pagination").TryGetProperty("next", out _));
        string firstRow = second.GetProperty("data")[0].GetProperty("id").GetString()!;
        Assert.Equal(ids[..2], Ids(await PageAsync($"filter[tags]={tag}&page[size]=2&page[before]={firstRow}")));
        Assert.Equal("""{"data":[],"pagination":{}}""", (await PageAsync("filter[tags]=nobody-has-this")).GetRawText());
    }

    [Fact]
    public async Task Pages_WhileWhatTheyListIsDeleted_GoOnToTheEnd()
    {
        string tag = Calls.NewId("tag");
        for (int i = 0; i < 5; i++)
        {
            await NewAsync(tag, $"{i}");
        }

        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            JsonElement page = await PageAsync($"filter[tags]={tag}&page[size]=2&page[after]={cursor}");
            foreach (string id in Ids(page))
            {
                seen.Add(id);
                await server.SendAsync("DELETE", Calls.SessionPath(id));
            }

            cursor = page.GetProperty("pagination").TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }

        Assert.Equal(5, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("page[size]=0")]
    [InlineData("page[size]=101")]
    [InlineData("page[size]=x")]
    [InlineData("page[size]=1.5")]
    [InlineData("filter[status]=OPEN")]
    [InlineData("filter[status]=active")]
    [InlineData("filter[createdAt][period]=1x")]
    [InlineData("filter[createdAt][period]=h")]
    [InlineData("filter[createdAt][period]=99999999d")]
    [InlineData("filter[createdAt][from]=yesterday")]
    [InlineData("filter[createdAt][to]=99999999999999999999")]
    [InlineData("filter[tags]=a%00b")]
    [InlineData("page[after]=x")]
    [InlineData("page[after]=session_a'--")]
    [InlineData("page[after]=session_a.x")]
    [InlineData("page[before]=session_a.9999999999999999999")]
    [InlineData("page[size]=1&page[size]=2")]
    public async Task List_WithAWrongValue_Is400(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", $"/api/v1/sessions?{query}")).Status);

    [Fact]
    public async Task Trap9_BothCursorsAtOnce_Is400() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", "/api/v1/sessions?page[after]=session_a&page[before]=session_b")).Status);

    [Fact]
    public async Task List_ShowsOnlyTheOwnEnvironment()
    {
        string tag = Calls.NewId("tag");
        string mine = await NewAsync(tag, "mine");
        Answer foreign = await server.SendAsync("GET", $"/api/v1/sessions?filter[tags]={tag}", null, GatewayServer.OtherKey);
        Assert.Empty(foreign.Json.GetProperty("data").EnumerateArray());
        Assert.Equal([mine], await ListAsync($"filter[tags]={tag}"));
    }

    private static List<string> Ids(JsonElement page) =>
        [.. page.GetProperty("data").EnumerateArray().Select(static row => row.GetProperty("externalId").GetString()!)];

    private async Task<string> NewAsync(string tag, string name)
    {
        // Newest first is by time; a tick between two creates makes the order plain.
        server.Clock.Advance(TimeSpan.FromMilliseconds(5));
        string id = $"{tag}-{name}-id";
        await server.CreateAsync(id, GatewayServer.Key, $",\"tags\":[\"{tag}\",\"{tag}-{name}\"]");
        return id;
    }

    private async Task<List<string>> ListAsync(string query) => Ids(await PageAsync(query));

    private async Task<JsonElement> PageAsync(string query)
    {
        Answer answer = await server.SendAsync("GET", $"/api/v1/sessions?{query}");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }
}
