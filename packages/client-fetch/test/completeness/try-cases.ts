import { guardResponse, isTruncatedResponseError } from "@sluice/client-fetch";

/** What came of one request. */
export interface Tried {
  /** Whether fetch itself threw, the answer could not begin, or its body threw, or neither. */
  readonly threw: "fetch" | "before" | "body" | undefined;
  readonly outcome: string;
  readonly reason: string | undefined;
  /** Bytes that came out before it threw, or ended. */
  readonly length: number;
  /** What fetch alone makes of the same bytes. */
  readonly plain: "rejected" | "accepted" | "hangs";
}

const together = 8;

/** Asks for each of `urls`, eight at a time, through a guard and without, and tells what came of it. */
export async function tryCases(urls: readonly string[]): Promise<readonly Tried[]> {
  const all: Tried[] = [];
  for (let from = 0; from < urls.length; from += together) {
    all.push(...(await Promise.all(urls.slice(from, from + together).map(tryCase))));
  }
  return all;
}

async function tryCase(url: string): Promise<Tried> {
  return { ...(await guarded(url)), plain: await plain(url) };
}

const request = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };

async function guarded(url: string): Promise<Omit<Tried, "plain">> {
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch {
    return { threw: "fetch", outcome: "failed", reason: undefined, length: 0 };
  }
  const guard = guardResponse(response, { firstTokenMs: 600, betweenTokensMs: 600 });
  const begun = await guard.begun;
  let length = 0;
  let threw: Tried["threw"];
  try {
    for await (const chunk of guard.response().body!) length += chunk.length;
  } catch (error) {
    threw = "ended" in begun ? "before" : "body";
    if (!isTruncatedResponseError(error))
      return { threw, outcome: String(error), reason: "", length };
  }
  const { outcome, reason } = await guard.ended;
  return { threw, outcome, reason, length };
}

async function plain(url: string): Promise<Tried["plain"]> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<"hangs">((resolve) => {
    timer = setTimeout(() => resolve("hangs"), 600);
  });
  const read = async (): Promise<"accepted"> => {
    const response = await fetch(url, { ...request, signal: controller.signal });
    await response.text();
    return "accepted";
  };
  try {
    return await Promise.race([read(), hangs]);
  } catch {
    return "rejected";
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
