using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace AgentSessions.TestPostgres;

/// <summary>
/// Runs an assembly's tests, or skips each of them with a reason where no PostgreSQL server can be started; ends the shared server.
/// </summary>
/// <remarks>
/// In the test assembly:
/// <c>[assembly: TestFramework("AgentSessions.TestPostgres.PostgresTestFramework", "AgentSessions.TestPostgres")]</c>
/// </remarks>
public sealed class PostgresTestFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assemblyName, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkExecutor(assemblyName, sources, messages)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            if (PostgresBinaries.WhyNot is { } reason)
            {
                testCases = [.. testCases.Select(test => new SkippedTest(DiagnosticMessageSink, test, reason))];
            }

            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly, IEnumerable<IXunitTestCase> tests, IMessageSink diagnostics, IMessageSink messages, ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, tests, diagnostics, messages, options)
    {
        // Before the host hears that the run is over, because then it may end the process.
        protected override async Task BeforeTestAssemblyFinishedAsync()
        {
            await base.BeforeTestAssemblyFinishedAsync();
            await SharedPostgres.StopAsync();
        }
    }

    private sealed class SkippedTest : XunitTestCase
    {
        [Obsolete("For deserialisation only.")]
        public SkippedTest()
        {
        }

        public SkippedTest(IMessageSink messages, IXunitTestCase test, string reason)
            : base(messages, TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, test.TestMethod, test.TestMethodArguments) =>
            SkipReason = reason;
    }
}
