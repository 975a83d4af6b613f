namespace AgentSessions.Simulation.Tests.Model;

/// <summary>Visits every state that can be reached, and says what is wrong with the first that is wrong.</summary>
internal static class ModelExploration
{
    /// <returns>How many states there are, and the way to a wrong one; null if there is none.</returns>
    public static (int States, string? Wrong) Explore(ModelState start, ModelRules rules)
    {
        var steps = new ModelSteps(rules);
        var cameFrom = new Dictionary<ModelState, (string Step, ModelState? From)> { [start] = ("", null) };
        var waiting = new Queue<ModelState>([start]);
        while (waiting.TryDequeue(out ModelState? state))
        {
            bool isEnd = true;
            foreach ((string step, ModelState next) in steps.From(state))
            {
                isEnd &= step.StartsWith("crash", StringComparison.Ordinal);
                if (Judge(step, state.Store, next.Store) is { } wrong)
                {
                    return (cameFrom.Count, $"{wrong}: {Path(cameFrom, state)}; {step}");
                }

                ModelState normal = next.Normal();
                if (cameFrom.TryAdd(normal, (step, state)))
                {
                    waiting.Enqueue(normal);
                }
            }

            if (isEnd && state.Store.Floor < state.Store.In)
            {
                return (cameFrom.Count, $"A message waits and nobody owes its answer: {Path(cameFrom, state)}");
            }
        }

        return (cameFrom.Count, null);
    }

    private static string? Judge(string step, ModelStore before, ModelStore after) =>
        after.LastWriter < before.LastWriter ? "An earlier run wrote after a later one"
        : after.Floor < before.Floor ? "A boundary took back what was consumed"
        : step.Contains("completes", StringComparison.Ordinal) && after.Floor != before.Floor + 1 ? "A message was answered twice"
        : after.Floor > after.In ? "A boundary consumed what was never stored"
        : null;

    private static string Path(Dictionary<ModelState, (string Step, ModelState? From)> cameFrom, ModelState? state)
    {
        var path = new List<string>();
        while (state is not null && cameFrom[state] is { From: { } from } way)
        {
            path.Insert(0, way.Step);
            state = from;
        }

        return string.Join("; ", path);
    }
}
