using System.CommandLine;
using AgentSessions.Benchmarks;
using AgentSessions.Benchmarks.Processes;
using AgentSessions.Benchmarks.Table;

RootCommand root = new("Measures AgentSessions against bare Kestrel, over the wire.")
{
    Commands.Table(),
    Commands.Growth(),
    Commands.Baseline(),
    Commands.Micro(),
    Commands.Sizing(),
};

// The generator runs in a second process with its own core and runtime settings; the baseline is a server, not a generator.
ParseResult parsed = root.Parse(args);
bool generates = parsed.Errors.Count == 0 && parsed.CommandResult.Command.Name is "table" or "growth";
return generates && !GeneratorProcess.IsThis
    ? await GeneratorProcess.RunAsync(args, Pinning.Available && Environment.ProcessorCount > Lab.GeneratorCore ? Lab.GeneratorCore : null)
    : await parsed.InvokeAsync();
