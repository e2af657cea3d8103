import { createFetch, isTruncatedResponseError } from "@sluice/client-fetch";

/** What `createFetch` makes, in this runtime, of the answers of a model server at `origin`. */
export async function clientFacts(origin: string): Promise<Record<string, unknown>> {
  const fetch = createFetch({ retry: { base: 1, cap: 1 } });
  const ask = async (path: string, signal?: AbortSignal) =>
    fetch(`${origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", messages: [] }),
      ...(signal && { signal }),
    });

  const facts: Record<string, unknown> = {};
  for (const path of ["/whole", "/busy", "/cut", "/stream"]) {
    const response = await ask(path);
    const text = await response.text();
    const { attempts, ended } = response.sluice;
    const causes = attempts.map(({ cause }) => cause);
    facts[path] = [response.status, (await ended).outcome, ...causes, text.includes("sluice")];
  }

  // By its reader: of what a program's own stream ends with, Chromium's text() makes an error of its own.
  const broken = await ask("/broken-stream");
  const reader = broken.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value: first } = await reader.read();
  const end: unknown = await reader.read().catch((error: unknown) => error);
  const reason = isTruncatedResponseError(end) && end.reason;
  facts["/broken-stream"] = [
    first?.includes("sluice"),
    reason,
    (await broken.sluice.ended).outcome,
  ];

  const controller = new AbortController();
  const waiting = ask("/later", controller.signal);
  setTimeout(() => controller.abort(new Error("enough")), 100);
  facts["/later"] = await waiting.catch(
    (error: unknown) => error instanceof Error && error.message,
  );
  facts["data:"] = await (await fetch("data:,whole")).text();
  return facts;
}
