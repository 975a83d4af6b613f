using System.Text;
using System.Text.Json;
using AgentSessions.Models.Mcp;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Tests.Mcp;

public sealed class McpOutputTests
{
    private static TextContentBlock Text(string text) => new() { Text = text };

    [Fact]
    public void Texts_BecomeOneString() =>
        Assert.Equal("one\ntwo", McpOutput.Read(new CallToolResult { Content = [Text("one"), Text("two")] }, 100));

    [Fact]
    public void StructuredContent_IsTakenAsItIs() =>
        Assert.Equal("""{"n":1}""", JsonSerializer.Serialize(McpOutput.Read(new CallToolResult { StructuredContent = JsonDocument.Parse("""{"n":1}""").RootElement, Content = [Text("n is 1")] }, 100)));

    [Fact]
    public void StructuredContent_ThatIsTooLarge_IsCutAsText()
    {
        CallToolResult result = new() { StructuredContent = JsonSerializer.SerializeToElement(new { text = new string('x', 500) }) };

        Assert.StartsWith("{\"text\":\"xxx", Assert.IsType<string>(McpOutput.Read(result, 100)));
    }

    [Theory]
    [InlineData("aé漢😀", 9, "aé漢")]
    [InlineData("aé漢😀", 5, "aé")]
    [InlineData("aé漢😀", 2, "a")]
    [InlineData("aé漢😀", 0, "")]
    public void LongText_IsCutBetweenCharacters(string text, int bytes, string kept) =>
        Assert.Equal($"{kept}\n[cut off here: {Encoding.UTF8.GetByteCount(kept)} of 10 bytes]", McpOutput.Cut(text, bytes));

    [Fact]
    public void TextWithinTheLimit_IsWhole() => Assert.Equal("aé漢😀", McpOutput.Cut("aé漢😀", 10));

    [Fact]
    public void Files_ComeBesideTheTextAndWithinTheLimit()
    {
        CallToolResult result = new() { Content = [Text("look"), ImageContentBlock.FromBytes(new byte[50], "image/png"), ImageContentBlock.FromBytes(new byte[60], "image/png")] };

        List<AIContent> contents = Assert.IsType<List<AIContent>>(McpOutput.Read(result, 100));

        Assert.Equal("look", Assert.IsType<TextContent>(contents[0]).Text);
        Assert.Equal(("image/png", 50), (Assert.IsType<DataContent>(contents[1]).MediaType, ((DataContent)contents[1]).Data.Length));
        Assert.Equal("[left out: image/png of 60 bytes, too large]", Assert.IsType<TextContent>(contents[2]).Text);
    }
}
