using System.Text;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Tests.Sessions;

public sealed class WebhookMarkTests
{
    [Theory]
    [InlineData("""{"payload":{"actionSource":"webhook"}}""", """{"payload":{}}""")]
    [InlineData("""{"kind":"message","payload":{"a":1,"actionSource":"webhook"}}""", """{"kind":"message","payload":{"a":1}}""")]
    [InlineData("""{"payload":{"actionSource":"webhook" , "a":1},"b":2}""", """{"payload":{ "a":1},"b":2}""")]
    [InlineData("""{"payload":{"a":1 , "actionSource" : "webhook" }}""", """{"payload":{"a":1  }}""")]
    [InlineData("""{"payload":{"action\u0053ource":"web\u0068ook","a":"\ud800"}}""", """{"payload":{"a":"\ud800"}}""")]
    [InlineData("""{"payload":{"\udfff":{"x":[1]},"actionSource":"webhook"}}""", """{"payload":{"\udfff":{"x":[1]}}}""")]
    [InlineData("""{"payload":{"actionSource":"webhook","actionSource":"webhook"}}""", """{"payload":{}}""")]
    [InlineData("""{"payload":{"actionSource":"webhook","b":1,"actionSource":"webhook"}}""", """{"payload":{"b":1}}""")]
    [InlineData("""{"payload":1,"payload":{"actionSource":"webhook"}}""", """{"payload":1,"payload":{}}""")]
    public void Remove_CutsTheMarkAndNothingElse(string text, string expected) => Assert.Equal(expected, Remove(text));

    [Theory]
    [InlineData("""{"payload":{"actionSource":"app"}}""")]
    [InlineData("""{"payload":{"actionSource":1}}""")]
    [InlineData("""{"payload":{"actionSource":"\ud800"}}""")]
    [InlineData("""{"payload":{"inner":{"actionSource":"webhook"}}}""")]
    [InlineData("""{"payload":[{"actionSource":"webhook"}]}""")]
    [InlineData("""{"actionSource":"webhook"}""")]
    [InlineData("""{"payload":{"actionSource":"webhook"}""")]
    [InlineData("""actionSource""")]
    [InlineData("""[{"payload":{"actionSource":"webhook"}}]""")]
    [InlineData("")]
    public void Remove_LeavesEverythingElseAsItIs(string text) => Assert.Equal(text, Remove(text));

    private static string Remove(string text) => Encoding.UTF8.GetString(WebhookMark.Remove(Encoding.UTF8.GetBytes(text)).Span);
}
