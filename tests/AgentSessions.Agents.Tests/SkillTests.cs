using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests;

public sealed class SkillTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skills").FullName;

    public SkillTests()
    {
        Write("skills/refunds/SKILL.md", "---\nname: refunds\ndescription: How refunds are made.\n---\nAsk for the order first.");
        Write("skills/refunds/forms/letter.txt", "Dear customer");
        Write("skills/billing/SKILL.md", "---\nname: billing\ndescription: How bills are read.\n---\nLook at the total.");
        Write("skills/not-a-skill/readme.txt", "nothing");
        Write("secret.txt", "secret");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task TheInstructionsNameThem_InOneOrder_AndTheModelLoadsThemOnDemand()
    {
        await using var host = await StartAsync();
        host.Model.ToolCall("load_skill", new { name = "refunds" }).ToolCall("read_skill_file", new { name = "refunds", path = "forms/letter.txt" }).Text("Done.").Text("Again.");

        TestTurn turn = await host.SendAsync("a");
        await host.SendAsync("b");

        Assert.Equal("Be brief.\n\nYou have skills. Load one with load_skill before you do what it is for.\n- billing: How bills are read.\n- refunds: How refunds are made.", host.Model.Calls[0].Options!.Instructions);
        Assert.Single(host.Model.Calls.Select(call => call.Options!.Instructions).Distinct());
        Assert.Equal(["Ask for the order first.", "Dear customer"], turn.Message!.Tools.Select(tool => tool.Output!.Value.GetString()));
    }

    [Theory]
    [InlineData("../../secret.txt")]
    [InlineData("../billing/SKILL.md")]
    [InlineData("forms/../../../secret.txt")]
    [InlineData("link.txt")]
    [InlineData("linked/secret.txt")]
    [InlineData("ABSOLUTE")]
    public async Task APathThatEscapes_IsRefused(string path)
    {
        File.CreateSymbolicLink(Path.Combine(_root, "skills/refunds/link.txt"), Path.Combine(_root, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "skills/refunds/linked"), _root);
        await using var host = await StartAsync();
        path = path == "ABSOLUTE" ? Path.Combine(_root, "secret.txt") : path;
        host.Model.ToolCall("read_skill_file", new { name = "refunds", path }).Text("Sorry.");

        TestTurn turn = await host.SendAsync("a");

        ToolPart call = turn.Message!.Tools.Single();
        Assert.Equal(ToolPartState.OutputError, call.State);
        Assert.StartsWith("skill-path-escape", call.ErrorText);
        Assert.DoesNotContain(host.AllRecords, record => record.Body.Contains("\\\"secret\\\""));
    }

    [Fact]
    public void ASkillWithoutADescription_StopsTheStart()
    {
        Write("broken/bad/SKILL.md", "---\nname: bad\n---\n");

        Assert.Contains("front matter", Assert.Throws<InvalidOperationException>(() => new AgentSkills().AddFolder(Path.Combine(_root, "broken"))).Message);
    }

    private Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync(
        (turn, ct) => turn.RespondAsync(Agents.Model(turn), new ChatOptions { Instructions = "Be brief." }, ct),
        builder => builder.Options = options => options.Skills.AddFolder(Path.Combine(_root, "skills")));

    private void Write(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
