namespace AgentSessions.Load.Checks;

/// <summary>What a scenario needs to know of a stream while it is read. Called on the reader's thread, in stream order.</summary>
internal interface IStreamListener
{
    /// <summary>The delta numbered zero came in the record with this sequence number.</summary>
    void OnFirstChunk(long sequence);

    /// <summary>The control record that ends a turn came.</summary>
    void OnTurnComplete();

    /// <summary>The server closes this window.</summary>
    void OnWindowEnd();

    /// <summary>Something was wrong with the stream or in it.</summary>
    void OnError(string kind);
}
