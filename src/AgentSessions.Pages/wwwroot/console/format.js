// Times, durations and states, as short as they can be understood.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });

/** A record's time with its milliseconds. */
export const timeOf = (milliseconds) => `${clock.format(milliseconds)}.${String(milliseconds % 1000).padStart(3, "0")}`;

export const dayOf = (iso) => day.format(new Date(iso));

export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - new Date(iso)) / 1000);
  return seconds < 60 ? "just now" : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : dayOf(iso);
}

/** A duration in its two largest units. */
export function duration(milliseconds) {
  if (milliseconds === null || Number.isNaN(milliseconds)) return "–";
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(milliseconds < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const [large, small, size, unit] = seconds < 3600 ? ["min", "s", 60, 1] : seconds < 86_400 ? ["h", "min", 3600, 60] : ["d", "h", 86_400, 3600];
  const rest = Math.floor((seconds % size) / unit);
  return `${Math.floor(seconds / size)} ${large}${rest ? ` ${rest} ${small}` : ""}`;
}

/** A session's state by its row: [word, class]. */
export const stateOf = (row) =>
  row.closedAt ? ["closed", ""] : row.expiresAt && new Date(row.expiresAt) <= Date.now() ? ["expired", ""] : row.heldBy ? [`held by ${row.heldBy}`, "held"] : row.hasLiveRun === false ? ["idle", ""] : ["active", "good"];

export const short = (text, most = 120) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Tokens of a turn or of many, in words; empty if no model told. */
export const tokens = ({ inputTokens, outputTokens }) => (inputTokens || outputTokens ? `${inputTokens.toLocaleString()} tokens in, ${outputTokens.toLocaleString()} out` : "");

/** Money by currency, from billionths of it; as many digits as it takes to see small amounts. */
export const money = (costNano) =>
  Object.entries(costNano).map(([currency, nano]) =>
    new Intl.NumberFormat(undefined, { style: "currency", currency, maximumSignificantDigits: nano < 1e9 ? 2 : 4 }).format(nano / 1e9)).join(" + ");
