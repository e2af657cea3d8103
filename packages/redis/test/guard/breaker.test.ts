import { describe, expect, it } from "vitest";

import { createBreaker } from "../../src/guard/breaker.ts";
import { until } from "../servers/until.ts";
import { pause } from "./world.ts";

function setUp(probe: () => Promise<unknown>, deadlineMs = 20) {
  let closed = 0;
  const breaker = createBreaker({
    deadlineMs,
    probe,
    recover: async () => {},
    isOwed: () => false,
    onChange: (isOpen) => {
      if (!isOpen) closed++;
    },
  });
  const isClosed = () => until("it is closed", async () => (closed > 0 ? true : undefined));
  return { breaker, isClosed };
}

describe("a breaker", () => {
  it("does not close for a probe that is answered after the deadline", async () => {
    const { breaker } = setUp(() => pause(60));
    breaker.fail(new Error("late"));
    await pause(300);
    expect(breaker.isOpen).toBe(true);
  });

  it("waits for no more than four probes of a store that hangs", async () => {
    let asked = 0;
    const { breaker } = setUp(() => {
      asked++;
      return new Promise(() => {});
    });
    breaker.fail(new Error("hangs"));
    // Else there would be a sixth after 25 + 50 + 100 + 200 + 400 ms.
    await pause(1_000);
    expect(asked).toBe(4);
  });

  it("probes a second outage as soon as the first", async () => {
    let isDown = true;
    let asked = 0;
    const { breaker, isClosed } = setUp(async () => {
      asked++;
      if (isDown) throw new Error("down");
    }, 1_000);
    breaker.fail(new Error("down"));
    await until("it waits for long", async () => (asked >= 5 ? true : undefined));
    isDown = false;
    await isClosed();
    const sinceMs = performance.now();
    breaker.fail(new Error("down again"));
    await until("it is closed again", async () => (breaker.isOpen ? undefined : true));
    // The first after 25 ms; it would have been after 800.
    expect(performance.now() - sinceMs).toBeLessThan(500);
  });
});
