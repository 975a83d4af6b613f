using System.Text;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Sessions;

public sealed class InputJsonTests
{
    private static readonly string[] _names = ["kind", "payload", "other", "\\u006bind", "KIND"];

    private static readonly string[] _values =
    [
        "\"message\"", "\"stop\"", "\"handover\"", "\"handover-skip\"", "\"mess\\u0061ge\"", "\"\\ud800\"", "null", "1", "[{}]", "{}",
        "{\"trigger\":\"close\"}", "{\"trigger\":\"preload\"}", "{\"trigger\":\"submit-message\"}", "{\"trigger\":null}", "{\"trigger\":{\"a\":[1]}}",
        "{\"a\":{\"trigger\":\"close\"}}", "{\"trigger\":\"action\",\"trigger\":\"close\"}", "{\"trigger\":\"cl\\u006fse\"}", "{\"trigger\":\"\\udc00\"}",
    ];

    [Theory]
    [InlineData("""{"kind":"message","payload":{"trigger":"submit-message"}}""", nameof(InputKind.Turn))]
    [InlineData("""{"kind":"message","payload":{}}""", nameof(InputKind.Turn))]
    [InlineData("""{"kind":"message","payload":{"trigger":"close"}}""", nameof(InputKind.Other))]
    [InlineData("""{"kind":"message"}""", nameof(InputKind.Other))]
    [InlineData("""{"kind":"stop","message":"enough"}""", nameof(InputKind.Stop))]
    [InlineData("""{"kind":"handover","payload":{"trigger":"close"}}""", nameof(InputKind.Handover))]
    [InlineData("""{"kind":"stop"} """, nameof(InputKind.Stop))]
    [InlineData("""{"kind":"stop"}{""", nameof(InputKind.Other))]
    [InlineData("""{"kind":"stop",}""", nameof(InputKind.Other))]
    [InlineData("""["kind","stop"]""", nameof(InputKind.Other))]
    [InlineData("stop", nameof(InputKind.Other))]
    [InlineData("", nameof(InputKind.Other))]
    public void KindOf_IsWhatTheTextAsksFor(string text, string kind) =>
        Assert.Equal(Enum.Parse<InputKind>(kind), InputJson.KindOf(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void KindOf_AnyText_IsWhatTheRunWillMakeOfIt()
    {
        var random = new Random(11);
        for (int i = 0; i < 4_000; i++)
        {
            string text = Text(random);

            InputKind kind = InputJson.KindOf(Encoding.UTF8.GetBytes(text));

            Assert.True(AsRead(text) == kind, $"{kind}: {text}");
        }
    }

    private static InputKind AsRead(string text)
    {
        RecordBatch batch = SessionRules.Input(new Cursor(0), Encoding.UTF8.GetBytes(text), "part", DateTimeOffset.UnixEpoch, []);
        InputRecord read = InputRecord.Read(batch.Decode().Single());
        return read.Route switch
        {
            InputRoute.Message => read.Trigger is InputTrigger.Close or InputTrigger.Preload ? InputKind.Other : InputKind.Turn,
            InputRoute.Handover => InputKind.Handover,
            InputRoute.Stop => InputKind.Stop,
            _ => InputKind.Other,
        };
    }

    /// <summary>An object of known and unknown keys, some of them twice; now and then cut or with something behind it.</summary>
    private static string Text(Random random)
    {
        var text = new StringBuilder("{");
        for (int i = random.Next(4); i >= 0; i--)
        {
            text.Append($"\"{_names[random.Next(_names.Length)]}\": {_values[random.Next(_values.Length)]}{(i > 0 ? "," : "")}");
        }

        text.Append('}');
        return random.Next(20) switch
        {
            0 => text.ToString(0, random.Next(text.Length)),
            1 => text.Append(" 1").ToString(),
            2 => text.Append(" \n").ToString(),
            _ => text.ToString(),
        };
    }
}
