using System.Text.Json;
using AgentSessions.Cli.Errors;
using AgentSessions.TestServer;

namespace AgentSessions.Cli.Tests;

[Collection(CliServerCollection.Name)]
public sealed class ChatTests(CliServer server)
{
    [Fact]
    public async Task Chat_WithAMessage_PrintsTheAnswerAndNothingElse()
    {
        CliResult result = await RunAsync(["chat", "echo", "-m", "hello"]);

        Assert.Equal(ExitCode.Ok, result.ExitCode);
        Assert.Equal("You said: hello\n", result.Out);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Chat_WithJson_PrintsEveryChunkOnALine()
    {
        CliResult result = await RunAsync(["chat", "echo", "-m", "hello", "--json"]);

        string[] types = [.. result.Lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()!)];
        Assert.Equal("start", types[0]);
        Assert.Contains("text-delta", types);
        Assert.Equal("finish", types[^1]);
    }

    [Theory]
    [InlineData("{\"language\":\"English\"}")]
    [InlineData("[1,\"two\"]")]
    [InlineData("\"text\"")]
    public async Task Chat_WithClientData_SendsItWithTheStartAndEveryMessage(string data)
    {
        string id = NewId();
        CliResult first = await RunAsync(["chat", "context", "--id", id, "--client-data", data], "one\ntwo\n");
        CliResult later = await RunAsync(["chat", "--id", id, "--client-data", "7", "-m", "three"]);

        JsonElement[] seen = [.. first.Lines.Concat(later.Lines).Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([data, data, "7"], seen.Select(static context => context.GetProperty("metadata").GetRawText()));
        Assert.Equal(data, seen[0].GetProperty("bootMetadata").GetRawText());
    }

    [Theory]
    [InlineData("{language:English}")]
    [InlineData("{} {}")]
    [InlineData("")]
    public async Task Chat_WithClientDataThatIsNoJson_SaysSoAndSendsNothing(string data)
    {
        string id = NewId();
        CliResult result = await RunAsync(["chat", "echo", "--id", id, "--client-data", data, "-m", "hello"]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("--client-data must be JSON, such as '{\"language\":\"English\"}'", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await RunAsync(["sessions", "show", id])).ExitCode);
    }

    [Fact]
    public async Task Chat_WithPipedLines_AnswersEachAndGoesOnLater()
    {
        string id = NewId();
        CliResult first = await RunAsync(["chat", "echo", "--id", id], "one\ntwo\n");
        CliResult second = await RunAsync(["chat", "--id", id], "three\n");

        Assert.Equal(["You said: one", "You said: two"], first.Lines);
        Assert.Equal(["You said: three"], second.Lines);
        Assert.Contains("> two\nYou said: two", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithASessionThatHasSaidNothing_SendsAtOnce()
    {
        string id = NewId();
        using (var wire = new WireClient(server.Process.BaseUrl, server.Process.SecretKey))
        {
            await wire.StartAsync(id, "echo", CancellationToken.None);
        }

        CliResult result = await RunAsync(["chat", "--id", id, "-m", "hello"]);

        Assert.Equal("You said: hello\n", result.Out);
    }

    [Fact]
    public async Task Chat_WhenInterrupted_StopsTheTurnAndTakesTheNextMessage()
    {
        var input = new TypedInput();
        using var session = CliSession.Start(server.Process, ["chat", "slow", "--id", NewId()], input, isInteractive: true);
        input.Type("hold");
        await session.Out.WaitForAsync("3 ");
        session.Interrupts.Raise();
        await session.Error.WaitForAsync("[stopped]");
        input.Type("hold");
        await session.Out.WaitForAsync("\n0 1 2 ");
        session.Interrupts.Raise();
        input.End();
        CliResult result = await session.EndAsync();

        Assert.Equal(ExitCode.Ok, result.ExitCode);
        Assert.DoesNotContain("199", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WhenOpenedInASecondTerminal_ShowsTheAnswerThatIsUnderWay()
    {
        string id = NewId();
        using var first = CliSession.Start(server.Process, ["chat", "slow", "--id", id], new StringReader("hold\n"), isInteractive: false);
        await first.Out.WaitForAsync("98 99 ");
        using var second = CliSession.Start(server.Process, ["chat", "--id", id], TextReader.Null, isInteractive: false);
        await second.Out.WaitForAsync("98 99 ");
        using (var wire = new WireClient(server.Process.BaseUrl, server.Process.SecretKey))
        {
            await wire.SendAsync(id, "go on", "released", CancellationToken.None);
        }

        CliResult whole = await first.EndAsync();
        CliResult seen = await second.EndAsync();

        string counted = string.Concat(Enumerable.Range(0, 200).Select(static number => number == 100 ? "[steer: go on] 100 " : $"{number} "));
        Assert.Equal([counted], whole.Lines);
        Assert.Equal([counted], seen.Lines);
    }

    [Fact]
    public async Task Chat_WhenInterruptedTwice_LeavesAndSaysHowToGoOn()
    {
        string id = NewId();
        using var session = CliSession.Start(server.Process, ["chat", "slow", "--id", id], new StringReader("hold\n"), isInteractive: false);
        await session.Out.WaitForAsync("2 ");
        CliResult result;
        await server.Process.SignalAsync("STOP");
        try
        {
            // The first cannot have stopped the turn before the second comes.
            session.Interrupts.Raise();
            session.Interrupts.Raise();
            result = await session.EndAsync();
        }
        finally
        {
            await server.Process.SignalAsync("CONT");
        }

        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
        Assert.Contains($"chat --id {id}", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y", "Email sent.")]
    [InlineData("n", "Not sent.")]
    public async Task Chat_WhenAToolAsks_TakesTheAnswerFromTheTerminal(string answer, string expected)
    {
        var input = new TypedInput();
        using var session = CliSession.Start(server.Process, ["chat", "approval", "-m", "bob"], input, isInteractive: true);
        await session.Error.WaitForAsync("Allow sendEmail {\"to\":\"bob\"}? [y/N]");
        input.Type(answer);
        CliResult result = await session.EndAsync();

        Assert.Equal(expected + "\n", result.Out);
    }

    [Fact]
    public async Task Chat_WhenNobodyIsThereToApprove_LeavesTheQuestionOpen()
    {
        string id = NewId();
        CliResult open = await RunAsync(["chat", "approval", "--id", id, "-m", "bob"]);
        CliResult later = await RunAsync(["chat", "--id", id, "--approvals", "deny"]);

        Assert.Contains("Left open", open.Error, StringComparison.Ordinal);
        Assert.Equal(["Not sent."], later.Lines);
    }

    [Theory]
    [InlineData("2", "You chose Green.")]
    [InlineData("Pink", "You chose Pink.")]
    public async Task Chat_WhenTheAgentAsksWithChoices_TakesANumberOrOwnWords(string answer, string expected)
    {
        var input = new TypedInput();
        using var session = CliSession.Start(server.Process, ["chat", "question", "-m", "hi"], input, isInteractive: true);
        await session.Error.WaitForAsync("own: ");
        input.Type(answer);
        CliResult result = await session.EndAsync();

        Assert.Contains("Which color do you like best?\n  1) Red - Like a tomato\n  2) Green", result.Error, StringComparison.Ordinal);
        Assert.Equal(expected + "\n", result.Out);
    }

    [Fact]
    public async Task Chat_WhenNobodyIsThereToAnswer_LeavesTheCallOpenForTheNextTerminal()
    {
        string id = NewId();
        CliResult open = await RunAsync(["chat", "tour", "--id", id, "-m", "Ask me a question"]);
        var input = new TypedInput();
        using var later = CliSession.Start(server.Process, ["chat", "--id", id], input, isInteractive: true);
        await later.Error.WaitForAsync("Where would you like to go?\n  1) The sea");
        input.Type("");
        input.End();
        CliResult left = await later.EndAsync();
        using var answering = CliSession.Start(server.Process, ["chat", "--id", id], new StringReader("1\n"), isInteractive: true);
        CliResult answered = await answering.EndAsync();

        Assert.Contains($"askUser waits for its result. Left open: 'agentsessions chat --id {id}'", open.Error, StringComparison.Ordinal);
        Assert.Equal("", left.Out);
        Assert.Contains("**The sea** it is.", answered.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithFiles_SendsThemWithTheMessage()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{NewId()}.png");
        await File.WriteAllBytesAsync(path, [1, 2, 3]);
        string id = NewId();
        try
        {
            CliResult first = await RunAsync(["chat", "tour", "--id", id, "-m", "look", "--attach", path, "-a", path]);
            var input = new TypedInput();
            using var second = CliSession.Start(server.Process, ["chat", "--id", id], input, isInteractive: true);
            input.Type($"/attach {path}-that-is-not-there");
            await second.Error.WaitForAsync("cannot be read");
            input.Type($"/attach {path}");
            await second.Error.WaitForAsync("goes with the next message");
            input.Type("and this");
            input.End();
            await second.EndAsync();
            CliResult transcript = await RunAsync(["sessions", "transcript", id, "--json"]);

            Assert.Equal(ExitCode.Ok, first.ExitCode);
            Assert.Equal(3, Occurrences(transcript.Out, "data:image/png;base64,AQID"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Chat_WithAFileThatIsTooLarge_SaysHowMuchAMessageTakes()
    {
        string path = Path.Combine(Path.GetTempPath(), NewId());
        await File.WriteAllBytesAsync(path, new byte[800 * 1024]);
        try
        {
            CliResult result = await RunAsync(["chat", "echo", "-m", "x", "--attach", path]);
            Assert.Equal(ExitCode.Usage, result.ExitCode);
            Assert.Contains("700 KiB", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Chat_WhenTheTurnFails_SaysSoAndExitsWithFailure()
    {
        CliResult result = await RunAsync(["chat", "fail", "-m", "x"]);

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("error: boom: x", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithAnUnknownAgent_ExitsWithNotFound()
    {
        CliResult result = await RunAsync(["chat", "nobody", "-m", "x"]);

        Assert.Equal(ExitCode.NotFound, result.ExitCode);
        Assert.Contains("nobody", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithControlCharactersInTheAnswer_ShowsNone()
    {
        CliResult result = await RunAsync(["chat", "echo", "-m", "a\u001b[2Jb"]);

        Assert.Equal("You said: a?[2Jb\n", result.Out);
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

    private static string NewId() => $"cli-{Guid.NewGuid():N}";

    private Task<CliResult> RunAsync(string[] arguments, string input = "") => CliSession.RunAsync(server.Process, arguments, input);
}
