using System.Collections.Concurrent;
using System.Diagnostics;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

/// <summary>One trace from the request that appends to the last chunk, through the sub-agent that is asked on the way.</summary>
public sealed class TraceTests
{
    private const string Requests = "AgentSessions.Agents.Tests.Requests";

    [Fact]
    public async Task Turn_WithASubAgent_IsOneTraceFromTheAppendToTheLastChunk()
    {
        var ended = new ConcurrentQueue<Activity>();
        var turnsEnded = new SemaphoreSlim(0);
        using var requests = new ActivitySource(Requests);
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is Requests or "AgentSessions",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                ended.Enqueue(span);
                if (span.OperationName is "invoke_agent asking" or "invoke_agent asked")
                {
                    turnsEnded.Release();
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await AgentTestHost.StartAsync(Agents.RespondAsync, builder =>
        {
            builder.AgentName = "asking";
            builder.Options = options => options.Tools = (_, _) => new([AgentTool.SubAgent("asked")]);
            builder.Agents(agents => agents.AddAgent("asked", Agents.RespondAsync));
        });
        host.Model.Text("Hello.").ToolCall("asked", new { message = "find it" }, "c1").Text("It is here.").Text("Done.");

        // The run lives already, so nothing but the stored context can bring it into the second message's trace.
        await host.SendAsync("an earlier message");
        Activity request = requests.StartActivity("append")!;
        await host.SendAsync("go");
        request.Stop();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await turnsEnded.WaitAsync(TimeSpan.FromSeconds(60)), $"Only {i} turns have ended.");
        }

        Activity turn = Spans("invoke_agent asking").Single();
        Activity tool = Spans("execute_tool asked").Single();
        Activity child = Spans("invoke_agent asked").Single();
        Assert.Equal(request.SpanId, turn.ParentSpanId);
        Assert.Equal(turn.SpanId, tool.ParentSpanId);
        Assert.True(IsInside(child, tool));
        Assert.All([turn, child], static span => Assert.Equal("Answered", span.GetTagItem("agent_sessions.outcome")));
        Assert.Equal([turn.SpanId, turn.SpanId, child.SpanId], [.. Models().Select(static model => model.ParentSpanId).OrderBy(parent => parent == child.SpanId)]);

        Activity[] Spans(string name) => [.. ended.Where(span => span.TraceId == request.TraceId && span.OperationName == name)];

        IEnumerable<Activity> Models() => ended.Where(span => span.TraceId == request.TraceId && span.Kind == ActivityKind.Client && span.OperationName.StartsWith("chat", StringComparison.Ordinal));

        bool IsInside(Activity inner, Activity outer) =>
            inner.ParentSpanId == outer.SpanId
            || ended.FirstOrDefault(span => span.SpanId == inner.ParentSpanId) is { } parent && IsInside(parent, outer);
    }
}
