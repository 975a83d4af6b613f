using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests.Guide;

/// <summary>An agent as the guide teaches it: typed client data, tools with and without effects, approval by price, state that outlives the run.</summary>
public sealed class TravelDesk(IChatClient model, TravelDesk.Airline airline, AgentState<TravelDesk.Trip> trip) : ChatAgent<TravelDesk.Traveller>
{
    protected override IEnumerable<AITool> GetTools(TurnContext<Traveller> turn) =>
    [
        AgentTool.ReadOnly(AIFunctionFactory.Create(Search)),
        AgentTool.RequireApprovalWhen(
            AgentTool.WithEffects(AIFunctionFactory.Create(Book), InterruptedCall.Replay), (arguments, _) => new(airline.PriceOf($"{arguments["flight"]}") > 200)),
    ];

    protected override Task RunAsync(TurnContext<Traveller> turn, CancellationToken cancellationToken) => turn.RespondAsync(
        model,
        new ChatOptions { Instructions = $"You book flights from {turn.ClientData.Home}. Booked so far: {string.Join(", ", trip.Value.Flights)}." },
        cancellationToken);

    [Description("Finds flights.")]
    private string[] Search(string to) => airline.FlightsTo(to);

    [Description("Books a flight.")]
    private string Book(string flight, AIFunctionArguments arguments)
    {
        string number = airline.Book(flight, AgentTool.GetIdempotencyKey(arguments));
        trip.Set(new Trip { Flights = [.. trip.Value.Flights, flight] });
        return number;
    }

    public sealed record Traveller([property: Required] string Home);

    [Persisted]
    public sealed class Trip
    {
        public IReadOnlyList<string> Flights { get; init; } = [];
    }

    public sealed class Airline
    {
        private readonly ConcurrentDictionary<string, string> _bookings = new();

        public int Bookings => _bookings.Count;

        public string[] FlightsTo(string place) => [$"{place}-cheap", $"{place}-dear"];

        public decimal PriceOf(string flight) => flight.EndsWith("dear", StringComparison.Ordinal) ? 900 : 90;

        public string Book(string flight, string key) => _bookings.GetOrAdd(key, _ => $"{flight} booked");
    }

    public sealed class Tests
    {
        private readonly Airline _airline = new();

        [Fact]
        public async Task ACheapFlightIsBookedAtOnce_ADearOneAfterAYes_AlsoOverACrash()
        {
            await using var host = await StartAsync();
            host.Model.ToolCall("Search", new { to = "Rome" }).ToolCall("Book", new { flight = "Rome-cheap" }).Text("Booked.")
                .ToolCall("Book", new { flight = "Oslo-dear" }).Text("Booked too.");
            Assert.Equal("Booked.", (await host.SendAsync("To Rome, please.")).Text);
            TestTurn asked = await host.SendAsync("And to Oslo.");
            Assert.Equal(1, _airline.Bookings);

            await host.CrashRunAsync();
            await host.RestartAsync();
            TestTurn booked = await host.ApproveAsync(asked, approved: true);

            Assert.Equal(("Booked too.", 2), (booked.Text, _airline.Bookings));
        }

        [Fact]
        public async Task WhatWasBooked_IsKnownToTheNextRun()
        {
            await using var host = await StartAsync();
            host.Model.ToolCall("Book", new { flight = "Rome-cheap" }).Text("Booked.").Text("To Rome.");
            await host.SendAsync("To Rome, please.");
            await host.AdvanceAsync(TimeSpan.FromSeconds(30));
            await host.RunsEndedAsync(1);

            await host.SendAsync("Where do I go?");

            Assert.Equal("You book flights from Bern. Booked so far: Rome-cheap.", host.Model.Calls[2].Options!.Instructions);
        }

        [Fact]
        public async Task WithoutAHome_TheTurnFailsAndSaysWhy()
        {
            await using var host = await StartAsync();

            TestTurn turn = await host.SendAsync("To Rome.", clientData: new { });

            Assert.NotNull(turn.ErrorText);
            Assert.Empty(host.Model.Calls);
        }

        private Task<AgentTestHost> StartAsync() => AgentTestHost.StartAsync<TravelDesk>(builder =>
        {
            builder.Services.AddSingleton(_airline);
            builder.ClientData = new Traveller("Bern");
        });
    }
}
