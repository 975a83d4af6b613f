using AgentSessions.Protocol.UI;
using FsCheck;
using FsCheck.Fluent;

namespace AgentSessions.Protocol.Tests.UI;

/// <summary>What holds for every sequence of chunks.</summary>
public sealed class BuildingProperties
{
    private static readonly ChunkRule[] EnforcedByReaders = [ChunkRule.IdOpen, ChunkRule.ToolInputStarted, ChunkRule.ToolKnown];

    [Fact]
    public void Order_RefusesWhatTheBuilderCannotApply_AndNothingElseThatReadersEnforce() =>
        Check(ChunkGen.Any, chunks =>
        {
            var order = new ChunkOrder();
            var builder = new UIMessageBuilder();
            foreach (var chunk in chunks.Prepend(new StartChunk("m")))
            {
                var refused = Refusal(() => order.Accept(chunk));
                if (refused is { } rule && !EnforcedByReaders.Contains(rule))
                {
                    // Readers would let it pass, so from here on the two would not be in the same place.
                    continue;
                }

                if (refused != Refusal(() => builder.Apply(chunk)))
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void Order_ContinuesWhereTheMessageStopped() =>
        Check(ChunkGen.Valid.Zip(ChunkGen.Any), pair =>
        {
            var message = Build(pair.Item1);
            var order = new ChunkOrder(message);
            var builder = new UIMessageBuilder(message);
            return pair.Item2.Where(chunk => chunk is not (StartChunk or TextStartChunk or ReasoningStartChunk or ErrorChunk))
                .All(chunk => Refusal(() => order.Accept(chunk)) == Refusal(() => builder.Apply(chunk)));
        });

    [Fact]
    public void ARefusedChunk_ChangesNothing() =>
        Check(ChunkGen.Any, chunks =>
        {
            var builder = new UIMessageBuilder("m");
            return chunks.All(chunk =>
            {
                string before = Wire.Json(builder.Build());
                return Refusal(() => builder.Apply(chunk)) is null || Wire.Json(builder.Build()) == before;
            });
        });

    [Fact]
    public void LookingAtEveryStep_ChangesNothing() =>
        Check(ChunkGen.Valid, chunks =>
        {
            var watched = new UIMessageBuilder();
            foreach (var chunk in chunks)
            {
                watched.Apply(chunk);
                watched.Build();
            }

            return Wire.Json(watched.Build()) == Wire.Json(Build(chunks));
        });

    [Fact]
    public void ASnapshot_DoesNotChangeLater() =>
        Check(ChunkGen.Valid, chunks =>
        {
            var builder = new UIMessageBuilder();
            var snapshots = new List<(UIMessage Message, string Json)>();
            foreach (var chunk in chunks)
            {
                builder.Apply(chunk);
                var message = builder.Build();
                snapshots.Add((message, Wire.Json(message)));
            }

            return snapshots.All(snapshot => Wire.Json(snapshot.Message) == snapshot.Json);
        });

    [Fact]
    public void StoredAndContinued_IsTheSameAsNeverStopped() =>
        // Without input deltas: a stored message only tells of inputs that stream in its last step.
        Check(ChunkGen.Valid.Select(chunks => chunks.Where(chunk => chunk is not ToolInputDeltaChunk).ToArray()), chunks =>
        {
            string whole = Wire.Json(Build(chunks));
            var order = new ChunkOrder();
            for (int cut = 0; cut < chunks.Length; cut++)
            {
                order.Accept(chunks[cut]);
                if (order.EndsOfOpenParts().Count > 0)
                {
                    continue;
                }

                var stored = Wire.Message(Wire.Json(Build(chunks[..(cut + 1)])));
                if (Wire.Json(Build(chunks[(cut + 1)..], new UIMessageBuilder(stored))) != whole)
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void ChunksReadBackFromTheirJson_BuildTheSame() =>
        Check(ChunkGen.Valid, chunks =>
            Wire.Json(Build(chunks.Select(chunk => Wire.Chunk(Wire.Json(chunk))))) == Wire.Json(Build(chunks)));

    [Fact]
    public void MessagesReadBackFromTheirJson_AreTheSame() =>
        Check(ChunkGen.Valid, chunks => Wire.Json(Wire.Message(Wire.Json(Build(chunks)))) == Wire.Json(Build(chunks)));

    [Fact]
    public void AMessage_HoldsEveryDeltaOnce() =>
        Check(ChunkGen.Valid, chunks =>
        {
            var message = Build(chunks);
            return Sorted(message.Text) == Sorted(string.Concat(chunks.OfType<TextDeltaChunk>().Select(chunk => chunk.Delta)))
                && message.Parts.OfType<TextPart>().Count() == chunks.OfType<TextStartChunk>().Count()
                && message.Parts.OfType<StepStartPart>().Count() == chunks.OfType<StartStepChunk>().Count();
        });

    [Fact]
    public void EndingWhatIsOpen_LeavesNothingOpen() =>
        Check(ChunkGen.Valid, chunks =>
        {
            var order = new ChunkOrder();
            Array.ForEach(chunks, order.Accept);
            foreach (var end in order.EndsOfOpenParts())
            {
                order.Accept(end);
            }

            return order.EndsOfOpenParts().Count == 0;
        });

    private static UIMessage Build(IEnumerable<UIMessageChunk> chunks, UIMessageBuilder? builder = null)
    {
        builder ??= new UIMessageBuilder();
        foreach (var chunk in chunks)
        {
            builder.Apply(chunk);
        }

        return builder.Build();
    }

    private static ChunkRule? Refusal(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (ChunkOrderException refused)
        {
            return refused.Rule;
        }
    }

    private static string Sorted(string text) => string.Concat(text.Order());

    private static void Check<T>(Gen<T> gen, Func<T, bool> holds) =>
        Prop.ForAll(gen.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(60));
}
