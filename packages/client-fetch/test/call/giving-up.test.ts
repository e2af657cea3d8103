import { getEventListeners } from "node:events";

import {
  createBreaker,
  createFetch,
  createLanes,
  FetchError,
  isFetchError,
  systemTiming,
  type Timing,
  type Wait,
} from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { nowhere, serve } from "./server.ts";

const quick = { retry: { base: "1ms", cap: "2ms" } } as const;
const post = { method: "POST", body: '{"model":"m"}' };

async function errorOf(call: Promise<unknown>): Promise<FetchError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFetchError(error)) throw error;
  expect(error).toBeInstanceOf(FetchError);
  expect(error).not.toBeInstanceOf(TypeError);
  return error;
}

describe("a caller that gives up", () => {
  it("sends nothing where it had done so before", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.end();
    });
    const reason = new Error("mine");
    const signal = AbortSignal.abort(reason);
    await expect(createFetch()(url, { signal })).rejects.toBe(reason);
    await expect(createFetch()(new Request(url, { signal }))).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  it("is told its own reason while it waits for the head", async () => {
    const { url } = await serve(() => {});
    const caller = new AbortController();
    const reason = new Error("mine");
    setTimeout(() => caller.abort(reason), 20);
    await expect(createFetch()(url, { signal: caller.signal })).rejects.toBe(reason);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });

  it("is told its own reason at once while it waits for a retry", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(503, { "retry-after": "60" }).end();
    });
    const caller = new AbortController();
    const reason = new Error("mine");
    const waits: Wait[] = [];
    const fetch = createFetch({
      onWait: (wait) => {
        waits.push(wait);
        setTimeout(() => caller.abort(reason), 1);
      },
    });
    const startMs = performance.now();
    await expect(fetch(url, { signal: caller.signal })).rejects.toBe(reason);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(waits).toMatchObject([{ reason: "hint" }]);
    expect(waits[0]?.ms).toBeGreaterThanOrEqual(60_000);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });

  it("is told its own reason while a body is held", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"a":');
    });
    const caller = new AbortController();
    const reason = new Error("mine");
    setTimeout(() => caller.abort(reason), 50);
    await expect(createFetch()(url, { ...post, signal: caller.signal })).rejects.toBe(reason);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });

  it("is told its own reason in the middle of a stream, and its connection ends", async () => {
    const { url, sockets } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n');
    });
    const caller = new AbortController();
    const body = '{"model":"m","stream":true}';
    const response = await createFetch()(url, { method: "POST", body, signal: caller.signal });
    const reader = response.body!.getReader();
    expect((await reader.read()).done).toBe(false);
    const reason = new Error("mine");
    caller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
    expect((await response.sluice.ended).outcome).toBe("aborted");
    await expect.poll(() => sockets.size).toBe(0);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });
});

describe("a stream that nobody reads", () => {
  it("keeps its place and its circuit's for no longer than the deadline", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n');
    });
    const [lanes, breaker] = [createLanes(), createBreaker()];
    const fetch = createFetch({ lanes, breaker, deadline: 100 });
    const inFlight = (): number[] =>
      [...lanes.states(), ...breaker.states()].map((state) => state.inFlight);
    const response = await fetch(url, { method: "POST", body: '{"model":"m","stream":true}' });
    expect(inFlight()).toEqual([1, 1]);
    await expect.poll(inFlight).toEqual([0, 0]);
    // It can still be read.
    const reader = response.body!.getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    expect(inFlight()).toEqual([0, 0]);
  });
});

describe("timers", () => {
  it("are none once a stream has ended, or a wait was given up", async () => {
    let pending = 0;
    const timing: Timing = {
      ...systemTiming,
      after(ms, done) {
        const stop = systemTiming.after(ms, done);
        pending += 1;
        let isSet = true;
        return () => {
          if (isSet) pending -= 1;
          isSet = false;
          stop();
        };
      },
    };
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      if (calls > 1) return response.writeHead(503, { "retry-after": "60" }).end();
      const choice = { index: 0, delta: { content: "Hi" }, finish_reason: "stop" };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`data: ${JSON.stringify({ choices: [choice] })}\n\ndata: [DONE]\n\n`);
    });
    const caller = new AbortController();
    const onWait = (): void => void setTimeout(() => caller.abort(), 1);
    const fetch = createFetch({ timing, onWait });
    const response = await fetch(url, { method: "POST", body: '{"model":"m","stream":true}' });
    expect(pending).toBeGreaterThan(0);
    await response.text();
    await response.sluice.ended;
    expect(pending).toBe(0);
    await expect(fetch(url, { signal: caller.signal })).rejects.toThrow("aborted");
    expect(pending).toBe(0);
  });
});

describe("a deadline", () => {
  it("ends a call that gets no head", async () => {
    const { url, sockets } = await serve(() => {});
    const error = await errorOf(createFetch({ deadline: 30 })(url));
    expect(error).toMatchObject({ code: "deadline-exceeded", name: "FetchError" });
    expect(error.attempts).toMatchObject([{ cause: "timeout", execution: "maybe-executed" }]);
    await expect.poll(() => sockets.size).toBe(0);
  });

  it("ends a call whose body does not become whole", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"a":');
    });
    const error = await errorOf(createFetch({ deadline: 50 })(url, post));
    expect(error.code).toBe("deadline-exceeded");
    expect(error.attempts).toMatchObject([{ status: 200, cause: "timeout" }]);
  });

  it("is the caller's where that is nearer", async () => {
    const { url } = await serve(() => {});
    const error = await errorOf(createFetch()(url, { sluice: { deadlineMs: 30 } }));
    expect(error.code).toBe("deadline-exceeded");
    const headers = { "x-stainless-timeout": "0.03" };
    expect((await errorOf(createFetch()(url, { headers }))).code).toBe("deadline-exceeded");
  });

  it("leaves an attempt less time than the call", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      if (calls === 2) response.end("{}");
    });
    const fetch = createFetch({ ...quick, attemptTimeout: 50 });
    const response = await fetch(url);
    expect(response.sluice.attempts.map(({ cause }) => cause)).toEqual(["timeout", "success"]);
  });

  it("is never slept through: a longer hint is handed out at once", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(429, { "retry-after": "3600" }).end("{}");
    });
    const startMs = performance.now();
    const response = await createFetch()(url, post);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect([response.status, calls]).toEqual([429, 1]);
    expect(response.headers.get("retry-after")).toBe("3600");
    expect(response.headers.get("x-should-retry")).toBe("false");
  });
});

describe("no answer", () => {
  it("is an error of its own where nobody listens, after all attempts", async () => {
    const url = await nowhere();
    const error = await errorOf(createFetch(quick)(`${url}/a?key=secret`, post));
    expect(error.code).toBe("connection-failed");
    expect(error.message).toContain(`${url} gave no answer after 3 attempts`);
    expect(error.attempts).toHaveLength(3);
    for (const attempt of error.attempts) {
      expect(attempt).toMatchObject({ cause: "connection", execution: "not-sent", model: "m" });
      expect(attempt.message).toContain("ECONNREFUSED");
    }
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it("is asked for once more where the connection broke after it was sent", async () => {
    let calls = 0;
    const { url } = await serve((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const error = await errorOf(createFetch(quick)(url, post));
    expect(error.attempts.map(({ execution }) => execution)).toEqual([
      "maybe-executed",
      "maybe-executed",
    ]);
    expect(calls).toBe(2);
  });

  it("is a response for a client that heeds x-should-retry and repeats what throws", async () => {
    const headers = { "x-stainless-lang": "js" };
    const response = await createFetch(quick)(await nowhere(), { ...post, headers });
    expect(response.status).toBe(502);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.json()).toMatchObject({
      error: { code: "connection-failed", type: "sluice_error" },
    });
    expect(response.sluice.attempts).toHaveLength(3);
  });

  it.each([
    ["as the server has it", { error: { code: "busy", message: "too much" } }, "too much", "busy"],
    ["in a shape of its own", { message: "down" }, '{"message":"down"}', undefined],
    ["without JSON", "<html>", '"<html>"', undefined],
  ])(
    "has the code at which LangChain stops beside the server's own, %s",
    async (_, body, message, code) => {
      const { url } = await serve((_request, response) => {
        response.writeHead(500, { "x-request-id": "r1" }).end(JSON.stringify(body));
      });
      const headers = { "user-agent": "langchainjs-openai/1.6.0", "x-stainless-lang": "js" };
      const fetch = createFetch({ retry: { retries: 0 } });
      for (let calls = 0; calls < 2; calls++) {
        const response = await fetch(url, { ...post, headers });
        expect([response.status, response.headers.get("x-request-id")]).toEqual([500, "r1"]);
        const { error } = (await response.json()) as { readonly error: unknown };
        expect(error).toEqual({ code: "ECONNABORTED", message, original_code: code });
      }
    },
  );

  it("is not asked for again where no money is left", async () => {
    let calls = 0;
    const body = { error: { code: "insufficient_quota", message: "no money" } };
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(429, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    const response = await createFetch(quick)(url, post);
    expect([response.status, calls]).toEqual([429, 1]);
    expect(await response.json()).toEqual(body);
    expect(response.headers.get("x-should-retry")).toBe("false");
  });

  it("is not asked for again where the server says so", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(503, { "x-should-retry": "false" }).end();
    });
    expect((await createFetch(quick)(url, post)).status).toBe(503);
    expect(calls).toBe(1);
  });

  it("says which code of a closed set it is", () => {
    expect(isFetchError(new Error("no"))).toBe(false);
    expect(isFetchError(undefined)).toBe(false);
  });
});

async function sorry(): Promise<{ readonly url: string; readonly calls: () => number }> {
  let calls = 0;
  const { url } = await serve((_, response) => {
    calls += 1;
    response.writeHead(500, { "content-type": "text/plain", "x-a": "1" }).end("sorry");
  });
  return { url, calls: () => calls };
}

describe("the layer above", () => {
  const agent = { "user-agent": "ai/7.0.0" };

  it("is answered from memory where the budget has nothing left", async () => {
    const { url, calls } = await sorry();
    const fetch = createFetch({ ...quick, budget: { floor: 1 } });
    const init = { ...post, headers: agent };
    for (let call = 0; call < 3; call++) {
      const response = await fetch(url, init);
      expect([response.status, await response.text()]).toEqual([500, "sorry"]);
      expect(response.headers.get("x-a")).toBe("1");
      expect(response.headers.get("x-should-retry")).toBe("false");
    }
    expect(calls()).toBe(2);
  });

  it("pays for a repetition, which is one attempt with the same key", async () => {
    const keys: unknown[] = [];
    const { url } = await serve((request, response) => {
      keys.push(request.headers["idempotency-key"]);
      response.writeHead(500).end();
    });
    const fetch = createFetch({ ...quick, budget: { floor: 9 } });
    const init = { ...post, headers: agent };
    await fetch(url, init);
    expect(keys).toHaveLength(2);
    await fetch(url, init);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it("may ask twice more of what was given up once, and is then a caller like any", async () => {
    const { url, calls } = await sorry();
    const fetch = createFetch({ ...quick, retry: { retries: 0 }, budget: { floor: 0 } });
    const init = { ...post, headers: agent };
    for (const expected of [1, 1, 1, 2, 2, 2, 3]) {
      await fetch(url, init);
      expect(calls()).toBe(expected);
    }
  });

  it("is another caller with another body, key or URL", async () => {
    const { url, calls } = await sorry();
    const fetch = createFetch({ ...quick, retry: { retries: 0 }, budget: { floor: 0 } });
    await fetch(url, { ...post, headers: agent });
    await fetch(url, { ...post, headers: agent, body: '{"model":"m","a":1}' });
    await fetch(url, { ...post, headers: { ...agent, authorization: "Bearer b" } });
    await fetch(`${url}/other`, { ...post, headers: agent });
    expect(calls()).toBe(4);
  });

  it("is nobody where it is not known to repeat", async () => {
    const { url, calls } = await sorry();
    const fetch = createFetch({ ...quick, retry: { retries: 0 }, budget: { floor: 0 } });
    await fetch(url, post);
    await fetch(url, post);
    expect(calls()).toBe(2);
  });

  it("that counts its own retries pays for them too", async () => {
    const { url, calls } = await sorry();
    const fetch = createFetch({ ...quick, retry: { retries: 0 }, budget: { floor: 1 } });
    const headers = { "x-stainless-lang": "js", "x-stainless-retry-count": "1" };
    expect((await fetch(url, { ...post, headers })).status).toBe(500);
    expect(calls()).toBe(1);
    const response = await fetch(url, { ...post, headers });
    expect([response.status, calls()]).toEqual([503, 1]);
    expect(await response.json()).toMatchObject({ error: { code: "budget-spent" } });
  });

  it("is not sent upstream before the server's own time, whatever the budget", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(429, { "retry-after": "900" }).end();
    });
    const fetch = createFetch(quick);
    for (let call = 0; call < 3; call++) await fetch(url, { ...post, headers: agent });
    expect(calls).toBe(1);
  });
});
