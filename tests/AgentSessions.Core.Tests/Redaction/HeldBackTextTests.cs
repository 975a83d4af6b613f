using AgentSessions.Core.Redaction;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Tests.Redaction;

/// <summary>A match that streams in pieces is seen whole, and nothing else is lost or moved.</summary>
public sealed class HeldBackTextTests
{
    private const string Secret = "sk-planted 0123";

    [Fact]
    public void Text_CutAnywhere_LosesTheSecretAndNothingElse()
    {
        const string text = "before it there are words, here is sk-planted 0123 and after it there are many more words than are ever held back by anyone.";
        for (int cut = 1; cut < text.Length; cut++)
        {
            string[] pieces = Write(text[..cut], text[cut..]);

            Assert.Equal(text.Replace(Secret, "[gone]", StringComparison.Ordinal), string.Concat(pieces));
        }
    }

    [Fact]
    public void Text_LetterByLetter_LosesTheSecretAndNothingElse()
    {
        const string text = "a sk-planted 0123 b sk-planted 0123sk-planted 0123 c";
        Assert.Equal(text.Replace(Secret, "[gone]", StringComparison.Ordinal), string.Concat(Write([.. text.Select(static letter => letter.ToString())])));
    }

    [Fact]
    public void LongAnswers_AreNotHeldBackToTheEnd()
    {
        var held = new HeldBackText(Redactions.Of(Secret));
        string[] early = [.. Enumerable.Range(0, 100).SelectMany(_ => held.Take(new TextDeltaChunk("t", "some words "))).OfType<TextDeltaChunk>().Select(static delta => delta.Delta)];
        Assert.InRange(early.Sum(static delta => delta.Length), 1000, 1099);
    }

    [Fact]
    public void Parts_AreHeldBackByThemselves_AndEndWithTheirOwnEnd()
    {
        var held = new HeldBackText(Redactions.Of(Secret));
        Assert.Empty(held.Take(new TextDeltaChunk("a", "one")));
        Assert.Empty(held.Take(new ReasoningDeltaChunk("a", "two")));
        var data = new DataChunk("note", UIJson.ToElement(new { n = 1 }));
        Assert.Equal([data], held.Take(data));
        Assert.Equal([new TextDeltaChunk("a", "one"), new TextEndChunk("a")], held.Take(new TextEndChunk("a")));
        Assert.Equal([new ReasoningDeltaChunk("a", "two"), new FinishChunk("stop")], held.Take(new FinishChunk("stop")));
    }

    private static string[] Write(params string[] deltas)
    {
        var held = new HeldBackText(Redactions.Of(Secret));
        UIMessageChunk[] chunks = [.. deltas.Select(static delta => new TextDeltaChunk("t", delta)), new TextEndChunk("t")];
        return [.. chunks.SelectMany(held.Take).OfType<TextDeltaChunk>().Select(static delta => delta.Delta)];
    }
}
