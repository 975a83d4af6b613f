// Files that messages name by an address instead of holding them. They are fetched with the credential of whoever looks, and shown from memory.

const address = /^attachment:([^/]+)\/([^/]+)$/;
const known = new Map();
let fetchFile = null;

/** Says how a file is fetched. @param {(session: string, id: string) => Promise<Response>} fetch answers with the bytes */
export const fetchAttachmentsWith = (fetch) => void (fetchFile = fetch);

/** The session and the id in an address, or null if it is another one. */
export function parseAttachment(url) {
  const match = address.exec(url ?? "");
  return match && { session: decodeURIComponent(match[1]), id: decodeURIComponent(match[2]) };
}

/** An address the browser can show; each file is fetched once. @returns {Promise<string>} */
export function showable(url) {
  if (!known.has(url)) {
    const loading = load(parseAttachment(url));
    known.set(url, loading);
    loading.catch(() => known.delete(url)); // Looked for again when it is shown again.
  }
  return known.get(url);
}

/** What was just uploaded is on this page already. */
export const remember = (url, blob) => void known.set(url, Promise.resolve(URL.createObjectURL(blob)));

async function load({ session, id }) {
  const answer = await fetchFile(session, id);
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
  return URL.createObjectURL(await answer.blob());
}
