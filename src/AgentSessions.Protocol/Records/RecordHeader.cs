namespace AgentSessions.Protocol.Records;

/// <summary>A name and value beside a record's body. A record whose first header has an empty name is a command.</summary>
public readonly record struct RecordHeader(string Name, string Value);
