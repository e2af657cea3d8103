import {
  alternative,
  type CallReport,
  createBreaker,
  createFetch,
  createLanes,
  rules,
  template,
} from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { serve } from "./server.ts";

const quick = { retry: { base: "1ms", cap: "2ms" } } as const;
const post = { method: "POST", body: '{"model":"m","messages":[]}' };
const json = { "content-type": "application/json" };

function answer(content: string, finish = "stop"): string {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: finish }];
  return JSON.stringify({
    object: "chat.completion",
    choices,
    usage: { prompt_tokens: 3, completion_tokens: 2 },
  });
}

describe("fallbacks", () => {
  it("answer in turn where the call gets no answer, and say who did", async () => {
    const keys: unknown[] = [];
    const models: string[] = [];
    const { url } = await serve((request, response) => {
      keys.push(request.headers["idempotency-key"]);
      request.on("data", (body: Buffer) => {
        const { model } = JSON.parse(body.toString()) as { model: string };
        models.push(model);
        if (model === "small") response.writeHead(200, json).end(answer("from the small one"));
        else response.writeHead(500, json).end("{}");
      });
    });
    const reports: CallReport[] = [];
    const fetch = createFetch({
      ...quick,
      fallbacks: [
        alternative({ name: "middle", model: "middle" }),
        alternative({ name: "small", model: "small" }),
      ],
      onEnd: (report) => reports.push(report),
    });
    const response = await fetch(`${url}/v1/chat/completions`, post);
    expect(await response.text()).toContain("from the small one");
    expect(models).toEqual(["m", "m", "middle", "middle", "small"]);
    expect(response.sluice).toMatchObject({ source: "small", confidence: 0.8 });
    expect(response.sluice.attempts.map(({ model }) => model)).toEqual(models);
    expect((await response.sluice.ended).usage).toMatchObject({ input: 3, output: 2 });
    expect(reports).toMatchObject([
      { source: "small", status: 200, ended: { outcome: "complete" } },
    ]);
    // One key for each request that is another.
    expect(new Set(keys).size).toBe(3);
  });

  it("are not asked where the request is at fault", async () => {
    const { url } = await serve((_, response) => response.writeHead(400, json).end('{"error":{}}'));
    const fetch = createFetch({ fallbacks: [template({ answer: "never" })] });
    const response = await fetch(url, post);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-should-retry")).toBeNull();
  });

  it("answer where a hint lies behind the deadline, and the refusal is let go", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(429, { "retry-after": "3600" }).end("{}");
    });
    const told: string[] = [];
    const fetch = createFetch({
      fallbacks: [
        rules([{ name: "hello", when: ({ json: body }) => body === undefined, answer: "hello" }]),
        { name: "throws", answer: () => Promise.reject(new Error("no")) },
        {
          name: "own",
          answer: async ({ reason, asked }) => {
            told.push(reason, asked.method, asked.model ?? "", String(asked.isStream));
            return { response: new Response("own"), source: "own", confidence: 0.5 };
          },
        },
      ],
    });
    const response = await fetch(url, post);
    expect(await response.text()).toBe("own");
    expect(told).toEqual(["late", "POST", "m", "false"]);
    expect(response.sluice.confidence).toBe(0.5);
  });
});

describe("the breaker", () => {
  it("opens on failures, and is then answered for without a call", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(500).end();
    });
    const breaker = createBreaker({ minimumCalls: 3 });
    const fetch = createFetch({ ...quick, breaker, retry: { retries: 0 } });
    for (let call = 0; call < 4; call++) await fetch(url, post);
    await expect(fetch(url, post)).rejects.toMatchObject({ code: "circuit-open", attempts: [] });
    expect(calls).toBe(4);
    // Another model of the same origin has a circuit of its own.
    expect((await fetch(url, { ...post, body: '{"model":"other"}' })).status).toBe(500);
    const headers = { "x-stainless-lang": "js" };
    const response = await fetch(url, { ...post, headers });
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([503, "false"]);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("counts a 200 that is not whole as a failure", async () => {
    const { url } = await serve((_, response) => response.writeHead(200, json).end('{"a":'));
    const breaker = createBreaker({ minimumCalls: 2 });
    const fetch = createFetch({ ...quick, breaker });
    const error = await fetch(url, post).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "response-truncated", reason: "json-open" });
    expect(error).toMatchObject({ attempts: [{ cause: "truncated" }, { cause: "truncated" }] });
    await expect(fetch(url, post)).rejects.toMatchObject({ code: "circuit-open" });
  });
});

describe("the lanes", () => {
  it("are one for each key, and a class is the header's, the call's or the fetch's", async () => {
    const { url } = await serve((_, response) => response.writeHead(200, json).end(answer("Hi")));
    const lanes = createLanes();
    const classes: string[] = [];
    const fetch = createFetch({
      class: "batch",
      lanes,
      onEnd: (report) => classes.push(report.class),
    });
    await fetch(url, { ...post, headers: { authorization: "Bearer a" } });
    await fetch(url, { ...post, headers: { authorization: "Bearer b", "x-sluice-class": "chat" } });
    await fetch(url, { ...post, sluice: { class: "mine" }, headers: { "x-sluice-class": "chat" } });
    expect(lanes.states()).toHaveLength(3);
    expect(JSON.stringify(lanes.states())).not.toContain("Bearer");
    await expect.poll(() => classes).toEqual(["batch", "chat", "mine"]);
  });

  it("hold all calls of a lane back where one is told to wait", async () => {
    const times: number[] = [];
    const { url } = await serve((_, response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(429, { "retry-after-ms": "300" }).end();
      else response.writeHead(200, json).end(answer("Hi"));
    });
    const fetch = createFetch(quick);
    const first = fetch(url, post);
    await expect.poll(() => times.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([first, ...Array.from({ length: 5 }, () => fetch(url, post))]);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(298);
  });
});

describe("how answers end", () => {
  it("is counted for each class and model, so that silent cuts show", async () => {
    let calls = 0;
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(200, json).end(answer("Hi", calls % 3 === 0 ? "length" : "stop"));
    });
    const fetch = createFetch();
    for (let call = 0; call < 6; call++) {
      const response = await fetch(url, post);
      await response.text();
    }
    expect(fetch.outcomes("interactive", "m")).toMatchObject({ complete: 4, cut: 2 });
    expect(fetch.outcomes("interactive")).toMatchObject({ complete: 0, cut: 0 });
  });
});

describe("createFetch()", () => {
  it.each<[unknown, string]>([
    [{ retries: 3 }, "createFetch: option must be one of fetch"],
    [{ fetch: 1 }, "createFetch: fetch must be a function, got 1"],
    [{ onWait: "a" }, 'createFetch: onWait must be a function, got "a"'],
    [{ onEnd: {} }, "createFetch: onEnd must be a function, got an object"],
    [{ fallbacks: {} }, "createFetch: fallbacks must be a list, got an object"],
    [{ class: 1 }, "createFetch: class must be a string, got 1"],
    [{ deadline: "soon" }, "createFetch: deadline must be a positive duration"],
    [{ attemptTimeout: 0 }, "createFetch: attemptTimeout must be a positive duration"],
    [{ idempotencyHeader: "a b" }, "createFetch: idempotencyHeader must be the name of a header"],
    [{ retry: { retries: -1 } }, "retry: retries must be an integer from 0, got -1"],
    [{ retry: { afterExecution: 1.5 } }, "retry: afterExecution must be an integer from 0"],
    [{ retry: { jitter: "none" } }, 'retry: jitter must be "full" or "decorrelated", got "none"'],
    [{ retry: { base: -1 } }, "retry: base must be a positive duration"],
    [{ budget: { ratio: -1 } }, "budget: ratio must be a number from 0 to 1, got -1"],
    [{ budget: { floor: 0.5 } }, "budget: floor must be an integer from 0, got 0.5"],
    [{ budget: { window: 0 } }, "budget: window must be a positive duration"],
    [{ budget: { maxTargets: 0 } }, "budget: maxTargets must be an integer from 1, got 0"],
    [{ answer: { format: "xml" } }, 'createFetch: answer.format must be "auto" or one of openai'],
    [{ answer: { firstToken: 0 } }, "createFetch: answer.firstToken must be a positive duration"],
    [{ answer: { maxHeldBytes: -1 } }, "createFetch: answer.maxHeldBytes must be an integer"],
    [{ lanes: { maxQueued: 0 } }, "queue: maxQueued must be"],
    [{ breaker: { threshold: 0 } }, "breaker: threshold must be"],
    [null, "createFetch: options must be an object, got null"],
  ])("says what is wrong with %o", (options, message) => {
    expect(() => createFetch(options as never)).toThrow(
      expect.objectContaining({
        code: "invalid-option",
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe("a call that is given up in the queue", () => {
  it("is no longer in flight for the breaker", async () => {
    const answers: (() => void)[] = [];
    const { url } = await serve((_, response) => {
      answers.push(() => response.writeHead(200, json).end(answer("a")));
    });
    const breaker = createBreaker();
    const lanes = createLanes({ places: { initial: 1, min: 1, max: 1 } });
    const fetch = createFetch({ ...quick, breaker, lanes });
    const first = fetch(url, post);
    await expect.poll(() => answers.length).toBe(1);
    const gone = new AbortController();
    const second = fetch(url, { ...post, signal: gone.signal });
    await expect.poll(() => breaker.states()[0]?.inFlight).toBe(2);
    gone.abort();
    await expect(second).rejects.toThrow("aborted");
    expect(breaker.states()[0]?.inFlight).toBe(1);
    answers[0]!();
    await (await first).text();
  });
});
