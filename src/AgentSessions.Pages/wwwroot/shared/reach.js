// Calls to the server whose only answer is that nothing answers.

/** As `fetch`; when nothing answers the error says so in words and has `isUnreachable`. */
export async function reach(...call) {
  try {
    return await fetch(...call);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(new Error("The server cannot be reached."), { isUnreachable: true, cause: error });
  }
}
