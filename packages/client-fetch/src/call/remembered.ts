import type { Failed } from "./failed.ts";

const mostCharacters = 16_384;

/** `failed` as it can be kept: its response, if any, as text that can be handed out again and again. */
export function remembered(failed: Failed, handed: Response | undefined): Failed {
  const text = failed.response?.text;
  if (text === undefined || handed === undefined || text.length > mostCharacters) {
    return { ...failed, response: undefined };
  }
  const { status, statusText } = handed;
  const headers = new Headers(handed.headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"])
    headers.delete(name);
  return {
    ...failed,
    response: {
      text,
      handOut: () => new Response(text, { status, statusText, headers }),
      discard() {},
    },
  };
}
