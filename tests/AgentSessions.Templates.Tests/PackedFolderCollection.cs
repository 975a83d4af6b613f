namespace AgentSessions.Templates.Tests;

/// <summary>Packing happens once.</summary>
[CollectionDefinition(Name)]
public sealed class PackedFolderCollection : ICollectionFixture<PackedFolder>
{
    public const string Name = "packed";
}
