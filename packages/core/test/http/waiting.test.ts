import { concurrency, memoryStore, slidingWindow } from "@sluice/core";
import { endExchange, type Exchange, leaveExchange, openExchange, wait } from "@sluice/core/http";
import { describe, expect, it } from "vitest";

import { admit, byTenant, setUp } from "./setting.ts";

const per = ["tenant"];
const brief = slidingWindow({ name: "brief", limit: 1, window: 250, per });
const long = slidingWindow({ name: "long", limit: 1, window: "1m", per });
const inflight = concurrency({ name: "inflight", limit: 1, per });
const acme = { tenant: "acme" };

// These wait for the clock of the machine: what is waited for is a timer.
describe("wait()", () => {
  it("lets a request go on once it is allowed", async () => {
    const { gate, store } = setUp({
      limits: [brief],
      ...byTenant,
      store: memoryStore(),
      onRefused: wait({ maxMs: "1s" }),
    });
    // Before it is charged: what the machine takes in between is part of the wait.
    const startMs = Date.now();
    admit(gate);
    const exchange = openExchange();
    await expect(gate.admit(acme, exchange)).resolves.toBe("pass");
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(240);
    expect(exchange.onGone).toBeUndefined();
    expect(store.size().leases).toBe(0);
  });

  it("refuses at once what would wait too long, and what never fits", () => {
    const { gate, clock } = setUp({
      limits: [long],
      ...byTenant,
      onRefused: wait({ maxMs: "30s" }),
    });
    admit(gate);
    expect(admit(gate).verdict).toMatchObject({ status: 429 });
    clock.advance(10_000);
    expect(admit(gate).verdict).toMatchObject({ status: 429 });
    const never = setUp({
      limits: [long],
      subject: byTenant.subject,
      cost: () => ({ requests: 2 }),
      onRefused: wait({ maxMs: "2m" }),
    });
    expect(admit(never.gate).verdict).toMatchObject({ decision: { reason: "never-fits" } });
  });

  it("takes a place in flight that comes free before its lease expires, or gives up in time", async () => {
    const { gate } = setUp({ limits: [inflight], ...byTenant, onRefused: wait({ maxMs: 400 }) });
    const { exchange } = admit(gate);
    const second = gate.admit(acme, openExchange());
    endExchange(exchange);
    await expect(second).resolves.toBe("pass");
    await expect(gate.admit(acme, openExchange())).resolves.toMatchObject({ status: 429 });
  });

  it("lets no more than so many wait", async () => {
    const onRefused = wait({ maxMs: 150, maxWaiting: 2 });
    const { gate } = setUp({ limits: [inflight], ...byTenant, onRefused });
    admit(gate);
    const waiting = [gate.admit(acme, openExchange()), gate.admit(acme, openExchange())];
    expect(admit(gate).verdict).toMatchObject({ status: 429 });
    for (const verdict of waiting) await expect(verdict).resolves.toMatchObject({ status: 429 });
  });

  it("drops who leaves at once, and gives back what was reserved before", async () => {
    const outer = setUp({ limits: [long], ...byTenant });
    const { gate } = setUp({
      limits: [inflight],
      ...byTenant,
      onRefused: wait({ maxMs: "1m", maxWaiting: 1 }),
    });
    admit(gate);
    for (let count = 0; count < 3; count++) {
      const exchange: Exchange = openExchange();
      admit(outer.gate, acme, exchange);
      const verdict = gate.admit(acme, exchange);
      leaveExchange(exchange);
      await expect(verdict).resolves.toBe("gone");
      expect([outer.used(), outer.store.size().leases]).toEqual([[0], 0]);
    }
  });

  it.each([
    ["maxMs", { maxMs: 0 }, "wait: maxMs must be a positive duration"],
    ["maxWaiting", { maxMs: 1, maxWaiting: 0 }, "wait: maxWaiting must be a positive integer"],
    ["otherwise", { maxMs: 1, otherwise: 5 }, "wait: otherwise must be a function"],
    ["an unknown name", { maxMs: 1, max: 5 }, "wait: option must be one of"],
  ])("names %s that is wrong", (_, options, message) => {
    expect(() => wait(options as Parameters<typeof wait>[0])).toThrow(message);
  });
});
