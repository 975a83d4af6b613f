using System.Text;

namespace AgentSessions.FakeModels;

/// <summary>How the end of a reply's body is told.</summary>
public enum ReplyFraming
{
    /// <summary>Each step is one chunk; a cut is visible to the client as a broken transfer.</summary>
    Chunked,

    /// <summary>The body ends where the connection does, so a cut looks like a clean end.</summary>
    UntilClose,

    /// <summary>A Content-Length is sent first.</summary>
    Length,
}

/// <summary>How a connection is cut.</summary>
public enum CutStyle
{
    /// <summary>The socket is closed in order (FIN).</summary>
    Close,

    /// <summary>The socket is reset (RST); what was under way may be lost.</summary>
    Reset,
}

/// <summary>What the fake answers to one request: a status, headers, and a script of sends, waits and a cut.</summary>
public sealed record FakeReply
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The Content-Type; null sends none.</summary>
    public string? ContentType { get; init; } = "application/json";

    /// <summary>Further headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body, step by step.</summary>
    public IReadOnlyList<FakeStep> Steps { get; init; } = [];

    /// <summary>How the body is framed.</summary>
    public ReplyFraming Framing { get; init; } = ReplyFraming.Chunked;

    /// <summary>Cuts the connection once this many bytes (status line, headers and framing included) were written.</summary>
    public int? CutAfterWireBytes { get; init; }

    /// <summary>How <see cref="CutAfterWireBytes"/> cuts.</summary>
    public CutStyle Cut { get; init; } = CutStyle.Close;

    /// <summary>A JSON reply sent in one piece.</summary>
    public static FakeReply Json(string json, int status = 200) => new() { Status = status, Steps = [FakeStep.Send(json)], Framing = ReplyFraming.Length };

    /// <summary>A reply of any type sent in one piece.</summary>
    public static FakeReply Body(string text, string contentType, int status = 200) => Json(text, status) with { ContentType = contentType };

    /// <summary>A server-sent-events reply; each string is written as it stands, so it brings its own <c>data:</c> and blank line.</summary>
    public static FakeReply Events(params string[] events) => new()
    {
        ContentType = "text/event-stream",
        Steps = [.. events.Select(FakeStep.Send)],
    };

    /// <summary>Accepts the request and never answers; ends when the client leaves or the server is disposed.</summary>
    public static FakeReply Silence { get; } = new() { Steps = [FakeStep.Silence] };

    /// <summary>The same reply with one more header.</summary>
    public FakeReply WithHeader(string name, string value) => this with { Headers = [.. Headers, new(name, value)] };

    /// <summary>The same reply, holding still before step <paramref name="index"/> until <paramref name="gate"/> completes.</summary>
    public FakeReply WaitBefore(int index, Task gate) => this with { Steps = [.. Steps.Take(index), FakeStep.Wait(gate), .. Steps.Skip(index)] };

    /// <summary>The same reply, falling silent before step <paramref name="index"/>.</summary>
    public FakeReply SilentFrom(int index) => this with { Steps = [.. Steps.Take(index), FakeStep.Silence] };

    /// <summary>The same reply, cut after this many bytes on the wire.</summary>
    public FakeReply CutAfter(int wireBytes, CutStyle style = CutStyle.Close) => this with { CutAfterWireBytes = wireBytes, Cut = style };

    /// <summary>How many bytes the whole reply takes on the wire; the last useful argument of <see cref="CutAfter"/>.</summary>
    public int WireLength => ReplyWriter.Head(this).Length + Steps.OfType<SendStep>().Sum(s => ReplyWriter.Frame(this, s.Bytes).Length) + ReplyWriter.Tail(this).Length;
}

/// <summary>One step of a reply's body.</summary>
public abstract record FakeStep
{
    /// <summary>Says nothing more, and keeps the connection.</summary>
    public static FakeStep Silence { get; } = new WaitStep(Task.Delay(Timeout.Infinite));

    /// <summary>Sends text as one write.</summary>
    public static FakeStep Send(string text) => new SendStep(Encoding.UTF8.GetBytes(text));

    /// <summary>Holds still until the gate completes.</summary>
    public static FakeStep Wait(Task gate) => new WaitStep(gate);
}

internal sealed record SendStep(byte[] Bytes) : FakeStep;

internal sealed record WaitStep(Task Gate) : FakeStep;
