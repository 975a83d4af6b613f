using System.Globalization;

namespace AgentSessions.Gateway.Console.Budgets;

/// <summary>Where a page of budgets ended, for the next one.</summary>
/// <param name="Source">Which source.</param>
/// <param name="After">The last name that was read of it; null from its start.</param>
internal sealed record BudgetPlace(int Source, string? After)
{
    /// <summary>Reads what <see cref="ToString"/> made; the beginning for an empty text, null for any other one.</summary>
    public static BudgetPlace? Read(string text, int sources)
    {
        if (text.Length == 0)
        {
            return new BudgetPlace(0, After: null);
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int source) && source < sources
            ? new BudgetPlace(source, colon + 1 == text.Length ? null : text[(colon + 1)..])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Source}:{After}");
}
