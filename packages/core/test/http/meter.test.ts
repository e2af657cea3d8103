import { type AsyncStore, memoryStore, slidingWindow, type SyncStore } from "@sluice/core";
import {
  endExchange,
  type Exchange,
  leaveExchange,
  openExchange,
  type Overrun,
} from "@sluice/core/http";
import type { Format } from "@sluice/core/llm";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { later } from "../later.ts";
import { event, finish, stream } from "./response.ts";
import { admit, type Asked, byTenant, setUp } from "./setting.ts";

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const per = ["tenant"];
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per });
const acme = { tenant: "acme" };
const done = "data: [DONE]\n\n";
const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };

/** A store that counts what it is asked. */
function counting(store: SyncStore): { store: SyncStore; extended: () => number } {
  let extended = 0;
  return {
    store: {
      ...store,
      extend: (claims, extension) => {
        extended++;
        return store.extend(claims, extension);
      },
    },
    extended: () => extended,
  };
}

describe("a meter", () => {
  it.each([
    [
      "a status that is no answer",
      { status: 503, type: "application/json", encoding: undefined },
      0,
    ],
    ["a page", { status: 200, type: "text/html", encoding: undefined }, 10],
    ["an encoding that nobody knows", { status: 200, type: "application/json", encoding: "x" }, 10],
    ["JSON of no provider", { status: 200, type: "application/json", encoding: undefined }, 10],
  ])("settles %s at nothing, or at the estimate", (_, head, charged) => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant, meter: "auto" });
    const { exchange } = admit(gate);
    expect(stream(exchange, ['{"hello":1}'], head)).toBe('{"hello":1}');
    endExchange(exchange);
    expect([used(), exchange.usage]).toEqual([[charged], undefined]);
  });

  it("reports in steps, not with every event, and settles once", () => {
    const { store, extended } = counting(memoryStore());
    const limit = slidingWindow({ name: "tpm", limit: 1e6, window: "1m", unit: "tokens", per });
    const { gate } = setUp({ limits: [limit], ...byTenant, store, meter: "openai" });
    const { exchange } = admit(gate);
    const events = Array.from({ length: 2_000 }, () => event("four"));
    stream(exchange, [...events, finish(), event(undefined, usage), done]);
    expect(extended()).toBeLessThanOrEqual(2_000 / 64 + 5);
    expect(extended()).toBeGreaterThanOrEqual(20);
    expect(exchange.usage).toMatchObject({ isEstimated: true });
    endExchange(exchange);
    expect(exchange.usage).toMatchObject({ tokens: 12, isEstimated: false });
  });

  it("asks the store for nothing as long as what was reserved covers a quick stream, and says what passed", () => {
    const { store, extended } = counting(memoryStore());
    const limit = slidingWindow({ name: "tpm", limit: 1e6, window: "1m", unit: "tokens", per });
    const { gate } = setUp({ limits: [limit], ...byTenant, store, meter: "openai" });
    const { exchange } = admit(gate, { tenant: "acme", tokens: 200 });
    stream(
      exchange,
      Array.from({ length: 200 }, () => event("four")),
    );
    expect(extended()).toBe(0);
    expect(exchange.usage?.tokens).toBeGreaterThan(100);
    exchange.meter!.push(new TextEncoder().encode(event("four").repeat(1_000)));
    expect(extended()).toBe(1);
  });

  it("reports a slow stream every quarter of a second, eight events at a time, and a swift one as soon as 32 have come", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
    onTestFinished(() => void vi.useRealTimers());
    const { store, extended } = counting(memoryStore());
    const limit = slidingWindow({ name: "tpm", limit: 1e6, window: "1m", unit: "tokens", per });
    const { gate } = setUp({ limits: [limit], ...byTenant, store, meter: "openai" });
    const { exchange } = admit(gate, { tenant: "acme", tokens: 10_000 });
    stream(exchange, [event("four")]);
    const push = (count: number, eachMs: number): number => {
      for (let pushed = 0; pushed < count; pushed++) {
        vi.setSystemTime(Date.now() + eachMs);
        exchange.meter!.push(new TextEncoder().encode(event("four")));
      }
      return extended();
    };
    expect([push(6, 40), push(1, 40), push(7, 40), push(1, 40)]).toEqual([0, 1, 1, 2]);
    expect([push(8, 6), push(31, 10), push(1, 10)]).toEqual([2, 2, 3]);
  });

  it("looks at every event of a stream that it may end, however small", () => {
    const { gate } = setUp({ limits: [tpm], ...byTenant, meter: { step: 50 }, hard: true });
    const { exchange } = admit(gate, { tenant: "acme", tokens: 1 });
    stream(exchange, [event("four")]);
    let pushed = 1;
    while (exchange.meter!.closing === undefined && pushed < 200) {
      exchange.meter!.push(new TextEncoder().encode(event("four")));
      pushed++;
    }
    // In steps of 50 the limit of 100 is borne twice.
    expect(pushed).toBe(150);
  });

  it("reports in steps to all that the request passed, of which one may have reserved little", () => {
    const wide = slidingWindow({ name: "wide", limit: 1e6, window: "1m", unit: "tokens", per });
    const outer = setUp({ limits: [wide], ...byTenant });
    const inner = setUp({ limits: [wide], ...byTenant, meter: "openai" });
    const { exchange } = admit(outer.gate, { tenant: "acme", tokens: 1 });
    admit(inner.gate, { tenant: "acme", tokens: 1_000 }, exchange);
    const events = Array.from({ length: 200 }, () => event("four"));
    stream(exchange, events);
    expect(outer.used()[0]).toBeGreaterThanOrEqual(128);
  });

  it("reads at once what has more than a token or two in it", () => {
    const { gate } = setUp({ limits: [tpm], ...byTenant, meter: "openai" });
    const { exchange } = admit(gate, { tenant: "acme", tokens: 1 });
    stream(exchange, [event("")]);
    exchange.meter!.push(new TextEncoder().encode(event("x".repeat(400))));
    expect(exchange.usage?.outputTokens).toBe(100);
  });

  it("reads what it holds back as it would have read it at once, wherever the stream breaks off", () => {
    const text = [...Array.from({ length: 60 }, (_, at) => event("é".repeat(at % 7))), finish()];
    const whole = new TextEncoder().encode([...text, event(undefined, usage), done].join(""));
    const metered = (hard: boolean, pieces: readonly number[], to: number): unknown => {
      const limit = slidingWindow({ name: "tpm", limit: 1e6, window: "1m", unit: "tokens", per });
      const { gate, used } = setUp({ limits: [limit], ...byTenant, meter: "openai", hard });
      const { exchange } = admit(gate);
      stream(exchange, []);
      let at = 0;
      for (let turn = 0; at < to; turn++) {
        const next = Math.min(to, at + pieces[turn % pieces.length]!);
        exchange.meter!.push(whole.subarray(at, next));
        at = next;
      }
      exchange.meter!.end(to === whole.length);
      return [used(), exchange.usage];
    };
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: whole.length }), (pieces, to) => {
        expect(metered(false, pieces, to)).toEqual(metered(true, pieces, to));
      }),
    );
  });

  it("has never two reports under way, and charges what is said while one is", async () => {
    let underWay = 0;
    let most = 0;
    const memory = memoryStore();
    const slow: AsyncStore = {
      ...later(memory),
      async extend(claims, extension) {
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        await Promise.resolve();
        underWay--;
        return memory.extend(claims, extension);
      },
    };
    const { gate } = setUp({ limits: [tpm], ...byTenant, store: slow, meter: { step: 1 } });
    const exchange: Exchange = openExchange();
    await gate.admit(acme, exchange);
    stream(
      exchange,
      Array.from({ length: 50 }, () => event("four")),
    );
    leaveExchange(exchange);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(most).toBe(1);
    expect(exchange.usage).toMatchObject({ outputTokens: 50 });
  });

  it("tells of an overrun once, and lets the stream go on", () => {
    const overruns: Overrun<Asked>[] = [];
    const { gate, used } = setUp({
      limits: [tpm],
      ...byTenant,
      meter: { step: 10 },
      onOverrun: (overrun) => overruns.push(overrun),
    });
    const { exchange } = admit(gate);
    const text = Array.from({ length: 150 }, () => event("four"));
    expect(stream(exchange, text)).toBe(text.join(""));
    expect(overruns).toHaveLength(1);
    expect(overruns[0]).toMatchObject({ request: acme, charge: { holds: false } });
    leaveExchange(exchange);
    expect(used()[0]).toBeGreaterThan(100);
  });

  it.each<[Format, string, string]>([
    ["openai", event("four"), '"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'],
    [
      "anthropic",
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"four"}}\n\n',
      '"stop_reason":"max_tokens"',
    ],
    [
      "gemini",
      'data: {"candidates":[{"index":0,"content":{"parts":[{"text":"four"}]}}]}\n\n',
      '"finishReason":"MAX_TOKENS"',
    ],
    [
      "openai-responses",
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"four"}\n\n',
      '"reason":"max_output_tokens"',
    ],
    [
      "cohere",
      'event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"four"}}}}\n\n',
      '"finish_reason":"MAX_TOKENS"',
    ],
  ])("that is hard ends a stream of %s at a whole event, its own way", (format, one, end) => {
    const { gate } = setUp({
      limits: [tpm],
      ...byTenant,
      meter: { format, step: 10 },
      hard: true,
    });
    const { exchange } = admit(gate);
    // Cut within its events: each push ends somewhere else.
    const text = one.repeat(300);
    const chunks = Array.from({ length: Math.ceil(text.length / 37) }, (_, at) =>
      text.slice(at * 37, at * 37 + 37),
    );
    const passed = stream(exchange, chunks);
    const whole = passed.slice(0, passed.lastIndexOf(one) + one.length);
    expect(whole).toBe(one.repeat(whole.length / one.length));
    expect(passed.slice(whole.length)).toContain(end);
    expect(passed.slice(whole.length)).toMatch(/^(event|data): .*\n\n$/s);
    expect(whole.length / one.length).toBeGreaterThan(80);
    expect(whole.length / one.length).toBeLessThan(130);
  });

  it("leaves the last word to the handler", () => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant, meter: "auto" });
    const { exchange } = admit(gate);
    void exchange.settle({ tokens: 3 });
    stream(exchange, [event("four"), finish(), event(undefined, usage), done]);
    endExchange(exchange);
    expect(used()).toEqual([3]);
  });

  it("keeps the tokens where the price cannot be told", () => {
    const { gate, used } = setUp({
      limits: [tpm],
      ...byTenant,
      meter: {
        cost: () => {
          throw new Error("no price");
        },
      },
    });
    const { exchange } = admit(gate);
    stream(exchange, [event("four"), finish(), event(undefined, usage), done]);
    endExchange(exchange);
    expect(used()).toEqual([12]);
  });
});
