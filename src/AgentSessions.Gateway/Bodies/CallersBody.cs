using System.IO.Pipelines;
using AgentSessions.Gateway.Errors;

namespace AgentSessions.Gateway.Bodies;

/// <summary>A request's body for whoever reads it in parts: a caller who leaves in the middle is told from failures of ours.</summary>
internal sealed class CallersBody(PipeReader body) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => CallerLeft.ReadAsync(body, cancellationToken);

    public override bool TryRead(out ReadResult result) => body.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
