// Random ids. The page may come over plain http from another machine, and there a browser has no crypto.randomUUID.

/** A random UUID. */
export function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40; // Version 4: random,
  bytes[8] = (bytes[8] & 0x3f) | 0x80; // of the usual variant.
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
