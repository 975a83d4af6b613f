using System.Collections.Concurrent;

namespace AgentSessions.Samples.Approvals;

/// <summary>The shop's orders.</summary>
public interface IOrders
{
    /// <summary>What is known of an order; null if there is none.</summary>
    Order? Find(string id);

    /// <summary>Pays an order back. The same key pays once, however often it is given.</summary>
    Refund Refund(string id, string idempotencyKey);
}

/// <summary>An order.</summary>
public sealed record Order(string Id, string Item, decimal Price);

/// <summary>Money that was paid back.</summary>
public sealed record Refund(string OrderId, decimal Amount);

/// <summary>A few orders in memory.</summary>
public sealed class OrderBook : IOrders
{
    private readonly ConcurrentDictionary<string, Refund> _refunds = new();

    /// <summary>How often money was really paid back.</summary>
    public int Payments => _refunds.Count;

    /// <inheritdoc/>
    public Order? Find(string id) => id == "7" ? new Order("7", "a red umbrella", 19.90m) : null;

    /// <inheritdoc/>
    public Refund Refund(string id, string idempotencyKey) => _refunds.GetOrAdd(
        idempotencyKey, _ => new Refund(id, Find(id)?.Price ?? throw new InvalidOperationException($"There is no order {id}.")));
}
