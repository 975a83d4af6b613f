using AgentSessions.Cli;
using AgentSessions.Cli.Terminals;

using var interrupts = Interrupts.OfProcess();
return await new CliApplication(Terminal.OfProcess(interrupts), TimeProvider.System).RunAsync(args);
