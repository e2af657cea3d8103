import { createFetch, createLanes, isFetchError } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { virtualTime } from "./virtual-time.ts";

const answer =
  '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}';

interface Storm {
  readonly calls: number;
  /** Sent upstream, of these calls. */
  readonly attempts: number;
  readonly answered: number;
  readonly mostQueued: number;
  /** Of the calls begun from 30 s after the storm on. */
  readonly after: { readonly calls: number; readonly answered: number; readonly slowestMs: number };
}

/** A minute of calm, one in which `share` of what is sent fails with `status`, and a minute of calm: `perSecond` calls, in virtual time. */
async function storm(perSecond: number, share: number, status: number): Promise<Storm> {
  const time = virtualTime(5);
  const startMs = time.now();
  const elapsed = (): number => (time.now() - startMs) / 1_000;
  let attempts = 0;
  // The server of this simulation: an answer after 200 to 600 ms, an error after 20.
  const upstream = async (): Promise<Response> => {
    const at = elapsed();
    const isStorm = at >= 60 && at < 120;
    if (isStorm) attempts += 1;
    const fails = isStorm && time.random() < share;
    await time.sleep(fails ? 20 : 200 + 400 * time.random());
    const headers = { "content-type": "application/json" };
    if (fails) return new Response('{"error":{"message":"no"}}', { status, headers });
    return new Response(answer, { headers });
  };
  const lanes = createLanes({ timing: time });
  const fetch = createFetch({ fetch: upstream, timing: time, lanes, deadline: "30s" });
  let [calls, answered, mostQueued] = [0, 0, 0];
  const after = { calls: 0, answered: 0, slowestMs: 0 };

  async function call(number: number): Promise<void> {
    const begun = elapsed();
    const body = JSON.stringify({
      model: "m",
      max_tokens: 50,
      messages: [{ content: String(number) }],
    });
    const isAnswered = await fetch("http://model.test/v1/chat/completions", {
      method: "POST",
      body,
    })
      .then((response) => response.ok)
      .catch((error: unknown) => {
        if (!isFetchError(error)) throw error;
        return false;
      });
    if (begun >= 60 && begun < 120) {
      calls += 1;
      if (isAnswered) answered += 1;
    } else if (begun >= 150) {
      after.calls += 1;
      if (isAnswered) after.answered += 1;
      after.slowestMs = Math.max(after.slowestMs, (elapsed() - begun) * 1_000);
    }
  }

  const all: Promise<void>[] = [];
  for (let number = 0; number < 180 * perSecond; number++) {
    all.push(call(number));
    mostQueued = Math.max(mostQueued, lanes.states()[0]?.queued ?? 0);
    await time.advance(1_000 / perSecond);
  }
  await time.settle();
  await Promise.all(all);
  expect(time.pending()).toBe(0);
  return { calls, attempts, answered, mostQueued, after };
}

describe("a minute of failures, and what comes after", () => {
  it.each([
    [20, 0.2, 500],
    [20, 0.2, 503],
    [20, 0.6, 503],
    [20, 1, 500],
  ])("is no storm: %i calls a second, a share of %f with %i", async (perSecond, share, status) => {
    const { calls, attempts, answered, mostQueued, after } = await storm(perSecond, share, status);
    expect(calls).toBe(60 * perSecond);
    expect(attempts / calls).toBeLessThanOrEqual(1.1);
    expect(mostQueued).toBeLessThanOrEqual(1_000);
    // Half of what failed is asked for again: a tenth of all.
    expect(answered / calls).toBeGreaterThan(share === 0.2 ? 0.85 : -1);
    expect(after.answered).toBe(after.calls);
    expect(after.slowestMs).toBeLessThan(1_000);
  });
});
