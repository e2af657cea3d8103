import { createFetch, type FetchOptions, type SluiceFetch } from "@sluice/client-fetch";
import { describe, expect, it, onTestFinished } from "vitest";

import { clients } from "./clients.ts";
import { type Misbehaviour, type ProviderServer, said, startProvider } from "./provider-server.ts";

// Shorter waits than anyone would choose, so that the tests are quick.
const quick: FetchOptions = { retry: { base: "1ms", cap: "2ms" } };

async function failing(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    () => true,
  );
}

async function provider(fault?: Misbehaviour): Promise<ProviderServer> {
  const server = await startProvider(fault);
  onTestFinished(() => server.close());
  return server;
}

describe.each(clients.map((client) => [client.name, client] as const))("%s", (_name, client) => {
  it.each(["ask", "stream"] as const)("is answered as without (%s)", async (how) => {
    const { url, seen } = await provider();
    expect(await client[how](createFetch(), url)).toBe(said);
    expect(seen).toHaveLength(1);
    const plain = await provider();
    await client[how](fetch, plain.url);
    // The server sees the same request, but for the key that lets it know a repetition.
    const { "idempotency-key": _, ...headers } = seen[0]!.headers;
    const { host, ...rest } = plain.seen[0]!.headers;
    expect({ ...headers, host }).toEqual({ ...rest, host });
  });

  it.each(["ask", "stream"] as const)("is answered after a 503 (%s)", async (how) => {
    const { url, seen } = await provider((call) => (call === 1 ? { status: 503 } : undefined));
    expect(await client[how](createFetch(quick), url)).toBe(said);
    expect(seen).toHaveLength(2);
  });

  it.each(["ask", "stream"] as const)(
    "gets a whole answer where half of one came first (%s)",
    async (how) => {
      const { url, seen } = await provider((call) => (call === 1 ? { isCut: true } : undefined));
      expect(await client[how](createFetch(quick), url)).toBe(said);
      expect(seen).toHaveLength(2);
      expect(seen[1]?.headers["idempotency-key"]).toBe(seen[0]?.headers["idempotency-key"]);
    },
  );

  it("says that half an answer is none, where no whole one comes", async () => {
    const { url, seen } = await provider(() => ({ isCut: true }));
    expect(await failing(client.ask(createFetch(quick), url))).toBe(true);
    // What may have been billed is repeated once by us, and not above.
    expect(seen).toHaveLength(2);
  });
});

describe.each(clients.map((client) => [client.name, client] as const))(
  "%s, with its own retries on, while all is failing",
  (_name, client) => {
    const cases = [429, 500].flatMap((status) =>
      (["ask", "stream"] as const).map((how) => [status, how] as const),
    );
    it.concurrent.each(cases)("sends no more than is budgeted: %i, %s", async (status, how) => {
      // With a time to come again, that all of them would heed.
      const headers = { "retry-after-ms": "5" };
      const server = await startProvider(() => ({ status, headers }));
      const floor = 2;
      const { fetch, calls } = counted(createFetch({ ...quick, budget: { floor } }));
      expect(await failing(client[how](fetch, server.url))).toBe(true);
      expect(server.seen.length).toBeGreaterThan(1);
      expect(server.seen.length).toBeLessThanOrEqual(1 + floor);
      // Who heeds what it is told does not even ask again.
      const heeds = server.seen[0]?.headers["x-stainless-lang"] === "js";
      expect(calls()).toBeLessThanOrEqual(heeds ? 1 : 4);
      await server.close();
    });
  },
);

it("stops LangChain at once also where a 429 says when to come again", async () => {
  const { url, seen } = await provider(() => ({ status: 429, headers: { "retry-after": "1" } }));
  const { fetch, calls } = counted(createFetch({ retry: { retries: 0 } }));
  const client = clients.find(({ name }) => name === "@langchain/openai")!;
  await expect(client.ask(fetch, url)).rejects.toMatchObject({ status: 429 });
  expect([seen.length, calls()]).toEqual([1, 1]);
});

function counted(inner: SluiceFetch): {
  readonly fetch: typeof globalThis.fetch;
  readonly calls: () => number;
} {
  let calls = 0;
  return {
    fetch: (input, init) => {
      calls += 1;
      return inner(input, init);
    },
    calls: () => calls,
  };
}
