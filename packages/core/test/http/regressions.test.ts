import { concurrency, slidingWindow } from "@sluice/core";
import { endExchange, leaveExchange, openExchange } from "@sluice/core/http";
import { estimate } from "@sluice/core/llm";
import { describe, expect, it } from "vitest";

import { event, finish, stream } from "./response.ts";
import { admit, type Asked, byTenant, setUp } from "./setting.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 100, window: "1m", per });
const tpm = slidingWindow({ name: "tpm", limit: 10_000, window: "1m", unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 1, per, expiresAfter: "1m" });

// What others have seen that is about one gate; what every framework has to show is in @sluice/conformance.
describe("a gate", () => {
  it("litellm#28160: frees a place whose clean-up failed when its lease expires, whoever came meanwhile", async () => {
    const { gate, clock } = setUp({ limits: [inflight], ...byTenant });
    const { exchange } = admit(gate);
    const lease = { ...exchange.lease!, settle: () => Promise.reject(new Error("cancelled")) };
    exchange.held = { lease };
    endExchange(exchange);
    await Promise.resolve();
    for (let asked = 0; asked < 5; asked++) {
      clock.advance(10_000);
      expect(admit(gate).verdict).toMatchObject({ status: 429 });
    }
    clock.advance(10_000);
    expect(admit(gate).verdict).toBe("pass");
  });

  it.each([
    ["ends", endExchange],
    ["breaks off", leaveExchange],
  ])("litellm#27639: finalises what it reserved when the response %s", async (_, end) => {
    const { gate, store, used } = setUp({ limits: [tpm, inflight], ...byTenant });
    const { exchange } = admit(gate);
    end(exchange);
    await Promise.resolve();
    expect([store.size().leases, used()]).toEqual([0, [10, 0]]);
  });

  it("floe-guard#58: a call id that comes twice leaves no reservation behind", async () => {
    const { gate, store, used } = setUp({ limits: [tpm, inflight], ...byTenant });
    const asked: Asked = { tenant: "acme", headers: { "idempotency-key": "call-1" } };
    const [first, second] = [admit(gate, asked).exchange, admit(gate, asked).exchange];
    expect([store.size().leases, used()]).toEqual([1, [10, 1]]);
    endExchange(second);
    endExchange(first);
    expect(store.size().live).toBe(0);
    expect(used()).toEqual([10, 0]);
  });

  it("litellm#35290: reasoning that only usage tells of is charged", () => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant, meter: "auto" });
    const { exchange } = admit(gate);
    const usage = { prompt_tokens: 5, completion_tokens: 400, total_tokens: 405 };
    stream(exchange, [event("hi"), finish(), event(undefined, usage), "data: [DONE]\n\n"]);
    endExchange(exchange);
    expect(used()).toEqual([405]);
    expect(exchange.usage).toMatchObject({ tokens: 405, isEstimated: false });
  });

  it("wso2/api-platform#2932: settles every unit by its own amount, not by one", () => {
    const usd = slidingWindow({ name: "usd", limit: 1e9, window: "1m", unit: "usd", per });
    const { gate, used } = setUp({
      limits: [rpm, tpm, usd],
      subject: byTenant.subject,
      cost: () => ({ requests: 2, tokens: 50, usd: 9 }),
      meter: { format: "openai", cost: ({ outputTokens }) => ({ usd: outputTokens * 3 }) },
    });
    const { exchange } = admit(gate);
    const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
    stream(exchange, [event("hi"), finish(), event(undefined, usage), "data: [DONE]\n\n"]);
    endExchange(exchange);
    expect(used()).toEqual([2, 12, 21]);
  });

  it("langwatch#772: a limit that could never be enforced is an error when it is made", () => {
    expect(() => setUp({ limits: [tpm], subject: byTenant.subject })).toThrow(
      'rateLimit: cost must be given, as limit "tpm" counts "tokens"',
    );
    const misspelt = { limits: [rpm], ...byTenant, tpm: 5 } as Parameters<typeof setUp>[0];
    expect(() => setUp(misspelt)).toThrow('got "tpm"');
  });

  it("AgentBudget#15: a stream that is left early is charged what it carried", async () => {
    const { gate, used } = setUp({
      limits: [tpm],
      subject: byTenant.subject,
      cost: () => estimate.openai({ messages: [{ role: "user", content: "x".repeat(40) }] }),
      meter: "openai",
    });
    const { exchange } = admit(gate);
    const reserved = used()[0]!;
    stream(exchange, [event("four"), event("four"), event("four")]);
    leaveExchange(exchange);
    await Promise.resolve();
    expect(used()[0]).toBeGreaterThanOrEqual(13);
    expect(used()[0]).toBeLessThan(40);
    expect(reserved).toBeGreaterThan(1_000);
    expect(exchange.usage).toMatchObject({ outputTokens: 3, isEstimated: true });
  });

  it("litellm#29191: a small limit admits a request that fits it: nothing is estimated beyond what the request asks for", () => {
    const { gate } = setUp({
      limits: [slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per })],
      subject: byTenant.subject,
      cost: () => estimate.openai({ messages: [{ role: "user", content: "hi" }], max_tokens: 50 }),
    });
    expect(admit(gate, { tenant: "acme" }, openExchange()).verdict).toBe("pass");
  });
});
