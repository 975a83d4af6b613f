using System.Text;
using AgentSessions.Load.Wire;

namespace AgentSessions.Load.Tests;

/// <summary>Writes down what a scanner reports, one line each.</summary>
internal sealed class RecordedEvents : IRecordSink
{
    public List<string> Lines { get; } = [];

    public void OnRecord(ReadOnlySpan<byte> record) => Lines.Add(Encoding.UTF8.GetString(record).TrimEnd(','));

    public void OnEnd() => Lines.Add("end");

    public void OnStreamError() => Lines.Add("error");

    public void OnMalformed() => Lines.Add("malformed");
}
