namespace AgentSessions.Load.Wire;

/// <summary>What a <see cref="BatchScanner"/> finds in a stream, in order.</summary>
internal interface IRecordSink
{
    /// <summary>One record, from its opening brace to just before whatever follows it.</summary>
    void OnRecord(ReadOnlySpan<byte> record);

    /// <summary>The window is over; the stream is not.</summary>
    void OnEnd();

    /// <summary>The server could not go on reading and said so.</summary>
    void OnStreamError();

    /// <summary>A batch did not look like one; its records are skipped.</summary>
    void OnMalformed();
}
