import { createFetch, type FetchInit } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { serve, type TestServer } from "./server.ts";

const quick = { retry: { base: "1ms", cap: "2ms" } } as const;

interface Got {
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Refuses the first `refusals` requests, and then tells what it got. */
async function echo(refusals: number): Promise<TestServer & { readonly got: Got[] }> {
  const got: Got[] = [];
  const server = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, headers } = request;
      got.push({ method, headers, body: Buffer.concat(chunks).toString("latin1") });
      response.statusCode = got.length <= refusals ? 503 : 200;
      response.end("{}");
    });
  });
  return { ...server, got };
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

describe("what is sent", () => {
  it.each<[string, () => FetchInit["body"], RegExp]>([
    ["text", () => "a\u00e9", /^a\u00c3\u00a9$/],
    ["bytes", () => new Uint8Array([65, 66, 250]), /^AB\u00fa$/],
    ["a view of bytes", () => new Uint8Array([64, 65, 66, 67]).subarray(1, 3), /^AB$/],
    ["a buffer", () => new Uint8Array([65, 66]).buffer, /^AB$/],
    ["a blob", () => new Blob(["abc"]), /^abc$/],
    ["a query", () => new URLSearchParams({ a: "1 2" }), /^a=1\+2$/],
    ["a form", formOf, /filename="f.txt"[^]*file's text/],
  ])("is %s, the same again after a refusal", async (_, body, expected) => {
    const { url, got } = await echo(1);
    const response = await createFetch(quick)(url, { method: "POST", body: body() ?? null });
    expect(response.status).toBe(200);
    expect(got).toHaveLength(2);
    for (const one of got) expect(one.body).toMatch(expected);
    expect(got[0]?.headers["idempotency-key"]).toMatch(/^[\da-f-]{36}-\d+$/);
    expect(got[1]?.headers["idempotency-key"]).toBe(got[0]?.headers["idempotency-key"]);
    const types = got.map(({ headers }) => String(headers["content-type"]).split(";")[0]);
    expect(new Set(types).size).toBe(1);
  });

  it("is what it was when the call was made, whatever its giver does then", async () => {
    const { url, got } = await echo(1);
    const bytes = new TextEncoder().encode("first");
    const headers = new Headers({ "x-a": "first" });
    const call = createFetch(quick)(url, { method: "POST", body: bytes, headers });
    bytes.set(new TextEncoder().encode("later"));
    headers.set("x-a", "later");
    await call;
    expect(got.map((one) => [one.body, one.headers["x-a"]])).toEqual([
      ["first", "first"],
      ["first", "first"],
    ]);
  });

  it("is a stream once, and the refusal is the answer", async () => {
    const { url, got } = await echo(1);
    const init = { method: "POST", body: streamOf("ab", "cd"), duplex: "half" } as const;
    const response = await createFetch(quick)(url, init);
    expect(response.status).toBe(503);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(got.map(({ body }) => body)).toEqual(["abcd"]);
  });

  it("is a stream made anew where it can be", async () => {
    const { url, got } = await echo(1);
    const sluice = { body: () => streamOf("ab", "cd") };
    const response = await createFetch(quick)(url, { method: "POST", sluice });
    expect(response.status).toBe(200);
    expect(got.map(({ body }) => body)).toEqual(["abcd", "abcd"]);
  });

  it("is a Request's own, also again, and the Request is used up", async () => {
    const { url, got } = await echo(1);
    const headers = { "content-type": "application/json", "x-a": "1" };
    const request = new Request(url, { method: "POST", headers, body: '{"model":"m"}' });
    const response = await createFetch(quick)(request);
    expect(response.status).toBe(200);
    expect(response.sluice.attempts.map(({ model }) => model)).toEqual(["m", "m"]);
    expect(request.bodyUsed).toBe(true);
    expect(got.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'POST {"model":"m"}',
      'POST {"model":"m"}',
    ]);
    expect(got[1]?.headers).toMatchObject({ "content-type": "application/json", "x-a": "1" });
  });

  it("is a Request's stream of an unknown kind, once", async () => {
    const { url, got } = await echo(0);
    const body = streamOf("ab", "cd");
    const request = new Request(url, { method: "POST", body, duplex: "half" });
    expect((await createFetch(quick)(request)).status).toBe(200);
    expect(got.map((one) => one.body)).toEqual(["abcd"]);
  });

  it("is a Request's, with what is given beside it instead", async () => {
    const { url, got } = await echo(0);
    const request = new Request(url, { method: "PUT", body: "theirs", headers: { "x-a": "1" } });
    await createFetch(quick)(request, { body: "ours", headers: { "x-b": "2" } });
    expect(got[0]).toMatchObject({ method: "PUT", body: "ours", headers: { "x-b": "2" } });
    expect(got[0]?.headers).not.toHaveProperty("x-a");
  });

  it("says nothing of its class, and no key where nothing could be done twice", async () => {
    const { url, got } = await echo(0);
    const headers: [string, string][] = [
      ["X-Sluice-Class", "batch"],
      ["x-a", "1"],
      ["X-A", "2"],
    ];
    await createFetch()(url, { headers });
    expect(got[0]?.headers).toMatchObject({ "x-a": "1, 2" });
    expect(got[0]?.headers).not.toHaveProperty("x-sluice-class");
    expect(got[0]?.headers).not.toHaveProperty("idempotency-key");
  });

  it("keeps the caller's own key, and has none where none is wanted", async () => {
    const { url, got } = await echo(0);
    const init = { method: "POST", body: "{}" };
    await createFetch()(url, { ...init, headers: { "Idempotency-Key": "mine" } });
    await createFetch({ idempotencyHeader: false })(url, init);
    await createFetch({ idempotencyHeader: "X-Once" })(url, init);
    expect(got.map(({ headers }) => headers["idempotency-key"])).toEqual([
      "mine",
      undefined,
      undefined,
    ]);
    expect(got[2]?.headers["x-once"]).toMatch(/^[\da-f-]{36}-\d+$/);
  });
});

function formOf(): FormData {
  const form = new FormData();
  form.append("a", "1");
  form.append("f", new File(["the file's text"], "f.txt"));
  return form;
}

describe("what is not handled", () => {
  it("goes through untouched: a data: URL, even where nothing may be sent", async () => {
    const seen: unknown[] = [];
    const fetch = createFetch({
      fetch: (input, init) => {
        seen.push(input, init);
        return globalThis.fetch(input, init);
      },
    });
    const response = await fetch("data:,hello");
    expect(await response.text()).toBe("hello");
    expect("sluice" in response).toBe(false);
    expect(seen).toEqual(["data:,hello", undefined]);
  });

  it.each<[string, string, RequestInit | undefined]>([
    ["no URL", "nowhere", undefined],
    ["a GET with a body", "http://127.0.0.1:9/", { body: "a" }],
    ["a header that is none", "http://127.0.0.1:9/", { headers: { "a b": "c" } }],
    ["a value that is none", "http://127.0.0.1:9/", { headers: { a: "\n\0" } }],
    ["a port that is forbidden", "http://127.0.0.1:9/", { method: "POST" }],
    ["a scheme that is none", "gopher://127.0.0.1/", undefined],
    ["a stream without duplex", "http://127.0.0.1:9/", { method: "POST", body: streamOf("a") }],
    ["a method that is forbidden", "http://127.0.0.1:9/", { method: "TRACE" }],
  ])("is refused in fetch's own words: %s", async (_, url, init) => {
    const wanted = await globalThis.fetch(url, init).catch((error: unknown) => error);
    const got = await createFetch(quick)(url, init).catch((error: unknown) => error);
    expect(got).toBeInstanceOf(TypeError);
    expect(String(got)).toBe(String(wanted));
  });

  it("has the classes that clients look for", () => {
    expect(createFetch().Response).toBe(Response);
  });
});

describe("what comes back", () => {
  it("is a Response with url, redirected, statusText and every Set-Cookie", async () => {
    const { url } = await serve((request, response) => {
      if (request.url === "/from") return response.writeHead(302, { location: "/to" }).end();
      response.writeHead(200, "Fine", [
        ["content-type", "application/json"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ] as unknown as string[]);
      response.end('{"a":1}');
    });
    const plain = await globalThis.fetch(`${url}/from`);
    const response = await createFetch()(`${url}/from`);
    expect(response).toBeInstanceOf(Response);
    expect(response.constructor.name).toBe("Response");
    for (const key of ["url", "redirected", "statusText", "status", "type", "ok"] as const) {
      expect([key, response[key]]).toEqual([key, plain[key]]);
      expect([key, response.clone()[key]]).toEqual([key, plain[key]]);
    }
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.clone().json()).toEqual(await plain.json());
    expect(await response.json()).toEqual({ a: 1 });
    expect(Object.keys(response)).not.toContain("sluice");
    await expect(response.sluice.ended).resolves.toMatchObject({ usage: undefined });
  });

  it.each(["manual", "error"] as const)("heeds redirect: %s", async (redirect) => {
    const { url } = await serve((_, response) => {
      response.writeHead(302, { location: "/to" }).end();
    });
    const [plain, own] = await Promise.all(
      [globalThis.fetch, createFetch(quick)].map((fetch) =>
        fetch(url, { redirect }).then(
          ({ status, type, headers }) => ({ status, type, location: headers.get("location") }),
          (error: unknown) => String(error),
        ),
      ),
    );
    expect(own).toEqual(plain);
  });

  it.each([
    ["GET", 204],
    ["GET", 304],
    ["HEAD", 200],
  ])("is without a body where there is none: %s %i", async (method, status) => {
    const { url } = await serve((_, response) => response.writeHead(status).end());
    const response = await createFetch()(url, { method });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe("");
    expect((await response.sluice.ended).outcome).not.toBe("truncated");
  });

  it("is any bytes as they are", async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 256);
    const { url } = await serve((_, response) => response.end(bytes));
    const response = await createFetch()(url);
    expect(Buffer.compare(await response.bytes(), bytes)).toBe(0);
  });

  it.each([
    ["short", 500, 100],
    ["long", 500, 500_000],
    ["long", 404, 500_000],
  ])("is a %s refusal with every byte of it (%i)", async (_, status, length) => {
    const text = "\u00e9".repeat(length);
    const { url } = await serve((_request, response) => {
      response.writeHead(status, "Sorry", { "content-type": "text/plain", "x-a": "1" });
      response.write(text.slice(0, 10));
      setTimeout(() => response.end(text.slice(10)), 5);
    });
    const response = await createFetch(quick)(url, { method: "POST", body: "{}" });
    expect([response.status, response.statusText, response.headers.get("x-a")]).toEqual([
      status,
      "Sorry",
      "1",
    ]);
    expect((await response.text()) === text).toBe(true);
    expect(response.headers.get("x-should-retry")).toBe(status === 500 ? "false" : null);
  });
});

function fail(): never {
  throw new Error("hook");
}

describe("hooks", () => {
  it("may throw", async () => {
    const { url } = await echo(1);
    const response = await createFetch({ ...quick, onWait: fail, onEnd: fail })(url);
    expect(response.status).toBe(200);
  });
});
