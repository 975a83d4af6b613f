using AgentSessions.Protocol.UI;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>What a tool card shows of an input that is still being written.</summary>
public sealed class PartialJsonTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("-", null)]
    [InlineData("nonsense", null)]
    [InlineData("{", "{}")]
    [InlineData("[", "[]")]
    [InlineData("{\"a", "{}")]
    [InlineData("{\"a\"", "{}")]
    [InlineData("{\"a\":", "{}")]
    [InlineData("{\"a\":t", "{\"a\":true}")]
    [InlineData("{\"a\":fals", "{\"a\":false}")]
    [InlineData("{\"a\":null", "{\"a\":null}")]
    [InlineData("{\"a\":12", "{\"a\":12}")]
    [InlineData("{\"a\":12.", "{\"a\":12}")]
    [InlineData("{\"a\":1.5e", "{\"a\":1.5}")]
    [InlineData("{\"a\":1.5e-7", "{\"a\":1.5e-7}")]
    [InlineData("{\"a\":1,", "{\"a\":1}")]
    [InlineData("{\"a\":1,\"b", "{\"a\":1}")]
    [InlineData("{\"a\":\"x", "{\"a\":\"x\"}")]
    [InlineData("{\"a\":\"x\\", "{\"a\":\"x\"}")]
    [InlineData("{\"a\":\"x\\\"", "{\"a\":\"x\\\"\"}")]
    [InlineData("{\"a\":\"x\\u00e", "{\"a\":\"x\"}")]
    [InlineData("{\"a\":\"x\\u00e9", "{\"a\":\"x\\u00e9\"}")]
    [InlineData("{\"a\":\"{[,:", "{\"a\":\"{[,:\"}")]
    [InlineData("{\"a\":[{\"b\":1},{", "{\"a\":[{\"b\":1},{}]}")]
    [InlineData("{\"a\":{\"b\":[1,\"", "{\"a\":{\"b\":[1,\"\"]}}")]
    [InlineData("[1,2", "[1,2]")]
    [InlineData("[\"a\",\"b", "[\"a\",\"b\"]")]
    [InlineData("{\"a\":[],\"b\":{}} ", "{\"a\":[],\"b\":{}}")]
    [InlineData("\"te", "\"te\"")]
    [InlineData("4", "4")]
    public void Beginning_IsClosedWhereItStands(string text, string? value) =>
        Assert.Equal(value, PartialJson.Parse(text)?.GetRawText());

    [Fact]
    public void EveryBeginningOfAnObject_HasAValue()
    {
        const string Text = """{"name":"a\"b\\c\u00e9","list":[1,-2.5e3,true,null,{"x":{}}],"flag":false}""";

        Assert.All(Enumerable.Range(1, Text.Length), length => Assert.NotNull(PartialJson.Parse(Text[..length])));
        Assert.Equal(Text, PartialJson.Parse(Text)!.Value.GetRawText());
    }
}
