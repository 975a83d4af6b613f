namespace AgentSessions.Benchmarks.Table;

/// <summary>One line of the table as it is printed.</summary>
/// <param name="Row">Row of the goals it belongs to.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Bare">Bare Kestrel's figure, or what ours is compared with.</param>
/// <param name="Ratio">How many times better bare Kestrel is.</param>
/// <param name="Goal">What is to be reached.</param>
/// <param name="Reached">Whether it is; null where a size was reduced or there is no goal.</param>
internal sealed record TableLine(int Row, string Metric, string Ours, string Bare, string Ratio, string Goal, bool? Reached);
