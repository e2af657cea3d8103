import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";

import { createFetch, createLanes, type Lanes } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";
import { serve } from "./server.ts";

const post = { method: "POST", body: '{"model":"m","messages":[],"max_tokens":1000}' };
const streamed = { ...post, body: '{"model":"m","stream":true,"messages":[],"max_tokens":1000}' };
const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };
const once = { retry: { retries: 0 } } as const;

function event(content: string, finish: string | null = null): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: finish }];
  return `data: ${JSON.stringify({ object: "chat.completion.chunk", choices })}\n\n`;
}

describe("an attempt's time", () => {
  it("is that until its stream begins: the rest may take longer", async () => {
    const answers: ServerResponse[] = [];
    const { url } = await serve((_, response) => {
      answers.push(response);
      response.writeHead(200, events).write(event("Hi"));
    });
    const timing = virtualTime();
    const response = await createFetch({ timing, deadline: "1s" })(url, streamed);
    await timing.advance(2_000);
    answers[0]!.end(`${event("!", "stop")}data: [DONE]\n\n`);
    expect(await response.text()).toContain("DONE");
    expect((await response.sluice.ended).outcome).toBe("complete");
  });

  it("is that until a refusal has come: the rest of a long one may take longer", async () => {
    const answers: ServerResponse[] = [];
    const { url } = await serve((_, response) => {
      answers.push(response);
      response.writeHead(500).write("x".repeat(70_000));
    });
    const timing = virtualTime();
    const response = await createFetch({ ...once, timing, deadline: "1s" })(url, post);
    await timing.advance(2_000);
    answers[0]!.end("y");
    expect(await response.text()).toBe(`${"x".repeat(70_000)}y`);
  });
});

describe("a long refusal", () => {
  it.each<[string, number, (response: Response, upstream: ServerResponse) => Promise<unknown>]>([
    ["is tried again after", 503, async (response) => response.text()],
    [
      "has been read",
      400,
      async (response, upstream) => {
        upstream.end("y");
        return response.text();
      },
    ],
    ["is given up", 400, async (response) => response.body?.cancel()],
    [
      "breaks off",
      400,
      async (response, upstream) => {
        upstream.destroy();
        await expect(response.text()).rejects.toBeInstanceOf(TypeError);
      },
    ],
  ])("has let go of its caller when it %s", async (_, status, end) => {
    const answers: ServerResponse[] = [];
    const { url } = await serve((_request, response) => {
      if (answers.push(response) > 1) response.writeHead(200, json).end("{}");
      else response.writeHead(status).write("x".repeat(70_000));
    });
    const { signal } = new AbortController();
    const response = await createFetch({ retry: { base: "1ms", cap: "2ms" } })(url, { signal });
    expect(answers).toHaveLength(status === 503 ? 2 : 1);
    await end(response, answers[0]!);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("the breaker", () => {
  it("lets other keys call when one has no quota left until a given time", async () => {
    const { url } = await serve((request, response) => {
      if (request.headers.authorization === "Bearer b") return response.writeHead(200).end("b");
      const error = { code: "insufficient_quota", message: "no money" };
      response.writeHead(429, { ...json, "retry-after": "60" }).end(JSON.stringify({ error }));
    });
    const fetch = createFetch();
    const [a, b] = ["Bearer a", "Bearer b"].map((authorization) => ({
      headers: { authorization },
    }));
    expect((await fetch(url, a)).status).toBe(429);
    expect(await (await fetch(url, b)).text()).toBe("b");
  });
});

describe("a lane", () => {
  it("gets more places while its streams begin as fast as they do", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, events).end(`${event("Hi", "stop")}data: [DONE]\n\n`);
    });
    const timing = virtualTime();
    const lanes = createLanes({ timing, places: { initial: 1, min: 1 } });
    const fetch = createFetch({ timing, lanes });
    for (let call = 0; call < 50; call++) await (await fetch(url, streamed)).text();
    expect(lanes.states()[0]?.places).toBe(2);
  });

  it("is asked for what answers have used that came whole, not for what came of others", async () => {
    let calls = 0;
    const usage = { prompt_tokens: 3, completion_tokens: 100, total_tokens: 103 };
    const { url } = await serve((_, response) => {
      calls += 1;
      response.writeHead(200, events).write(event("Hi"));
      if (calls === 1) return response.end();
      const end = `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [], usage })}`;
      response.end(`${event("!", "stop")}${end}\n\ndata: [DONE]\n\n`);
    });
    const inner = createLanes();
    const asked: number[] = [];
    const lanes: Lanes = {
      ...inner,
      lane: (key) => {
        const lane = inner.lane(key);
        return {
          ...lane,
          enter: (entry) => {
            asked.push(entry.tokens);
            return lane.enter(entry);
          },
        };
      },
    };
    const fetch = createFetch({ lanes });
    const first = await fetch(url, streamed);
    await expect(first.text()).rejects.toMatchObject({ code: "response-truncated" });
    for (let call = 0; call < 2; call++) await (await fetch(url, streamed)).text();
    const most = asked[0]!;
    // Half as much again as was used.
    expect(asked).toEqual([most, most, most - 1_000 + 150]);
  });
});
