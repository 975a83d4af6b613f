using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgentSessions.Orleans.Messages;
using AgentSessions.Orleans.Streams;
using AgentSessions.Orleans.Streams.Direct;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;

namespace AgentSessions.Orleans.NextServer;

/// <summary>Makes every message between nodes say something that the current version does not know.</summary>
internal static class NextMessages
{
    private const string Member = "AddedInNextVersion";

    public static IServiceCollection AddNextMessages(this IServiceCollection services)
    {
        services.Configure<JsonCodecOptions>(static options => options.SerializerOptions = new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddMember } },
        });

        // The codecs that a later version is compiled with, in place of those of this one.
        services.PostConfigure<TypeManifestOptions>(static types =>
            types.Serializers.RemoveWhere(static codec => codec.Name is $"Codec_{nameof(StreamPush)}" or $"Codec_{nameof(StreamEvent)}"));
        return services;
    }

    private static void AddMember(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || !MessageTypes.Contains(type.Type))
        {
            return;
        }

        JsonPropertyInfo member = type.CreateJsonPropertyInfo(typeof(string), Member);
        member.Get = static _ => "next";
        member.Set = (_, value) => MessageCounts.FromNext(type.Type, value is "next");
        type.Properties.Add(member);
        type.OnDeserialized = _ => MessageCounts.Read(type.Type);
    }
}
