using AgentSessions.Protocol.Errors;

namespace AgentSessions.Orleans.Messages;

/// <summary>A <see cref="SessionException"/> on its way between nodes. What caused it stays where it was.</summary>
[GenerateSerializer, Alias("AgentSessions.SessionException")]
internal struct SessionExceptionSurrogate
{
    [Id(0)]
    public int Code;

    [Id(1)]
    public string Message;

    [Id(2)]
    public string? ClosedReason;

    [Id(3)]
    public TimeSpan? RetryAfter;

    [Id(4)]
    public bool? ShouldRetry;
}

/// <summary>Takes such an exception apart and puts it together.</summary>
[RegisterConverter]
internal sealed class SessionExceptionConverter : IConverter<SessionException, SessionExceptionSurrogate>
{
    public SessionException ConvertFromSurrogate(in SessionExceptionSurrogate surrogate) =>
        new((SessionErrorCode)surrogate.Code, surrogate.Message)
        {
            ClosedReason = surrogate.ClosedReason,
            RetryAfter = surrogate.RetryAfter,
            ShouldRetry = surrogate.ShouldRetry,
        };

    public SessionExceptionSurrogate ConvertToSurrogate(in SessionException value) => new()
    {
        Code = (int)value.Code,
        Message = value.Message,
        ClosedReason = value.ClosedReason,
        RetryAfter = value.RetryAfter,
        ShouldRetry = value.ShouldRetry,
    };
}
