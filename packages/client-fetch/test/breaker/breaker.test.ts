import { describe, expect, it } from "vitest";

import {
  type Breaker,
  type BreakerOptions,
  createBreaker,
  type Passage,
} from "../../src/breaker/breaker.ts";
import { presets } from "../../src/breaker/weights.ts";
import type { Cause } from "../../src/cause.ts";
import { virtualTime, type VirtualTime } from "../virtual-time.ts";

const causes = Object.keys(presets.measured) as Cause[];

function setUp(options: BreakerOptions = {}): { time: VirtualTime; breaker: Breaker } {
  const time = virtualTime();
  return { time, breaker: createBreaker({ timing: time, ...options }) };
}

function passage(breaker: Breaker, key = "a"): Passage {
  const answer = breaker.admit(key);
  if (answer.openUntilMs !== undefined) throw new Error("is open");
  return answer;
}

function calls(breaker: Breaker, count: number, cause: Cause, key = "a"): void {
  for (let index = 0; index < count; index++) passage(breaker, key).report(cause);
}

/** Opens it, and lets the time pass until a probe may go. */
async function openThenWait(breaker: Breaker, time: VirtualTime): Promise<void> {
  calls(breaker, 10, "server-error");
  await time.advance(breaker.state("a").openUntilMs! - time.now());
}

/** How many calls that end so open it after 20 that worked. */
function failuresUntilOpen(cause: Cause): number {
  const { breaker } = setUp({ weights: "classic", threshold: 1, minimumCalls: 1 });
  calls(breaker, 20, "success");
  for (let failures = 1; ; failures++) {
    calls(breaker, 1, cause);
    if (breaker.state("a").phase === "open") return failures;
    if (failures === 1_000) return Infinity;
  }
}

describe("closed", () => {
  it.each<[Cause, boolean]>([
    ["success", false],
    ["client-error", false],
    ["rate-limit", false],
    ["quota", false],
    ["aborted", false],
    ["overloaded", true],
    ["server-error", true],
    ["timeout", true],
    ["connection", true],
    ["truncated", true],
  ])("after 1,000 calls that end as %s is open: %s", (cause, isOpen) => {
    const { breaker } = setUp();
    for (let index = 0; index < 1_000; index++) {
      const answer = breaker.admit("a");
      if (answer.openUntilMs === undefined) answer.report(cause);
    }
    expect(breaker.state("a").phase).toBe(isOpen ? "open" : "closed");
  });

  it("opens at the tenth call when half have failed, and not before", () => {
    const { breaker } = setUp();
    calls(breaker, 5, "success");
    calls(breaker, 4, "server-error");
    expect(breaker.state("a").phase).toBe("closed");
    calls(breaker, 1, "server-error");
    expect(breaker.state("a").phase).toBe("open");
  });

  it("stays closed while less than half of the weight fails", () => {
    const { breaker } = setUp();
    for (let index = 0; index < 500; index++) {
      calls(breaker, 11, "success");
      calls(breaker, 9, "server-error");
      calls(breaker, 5, "rate-limit");
    }
    expect(breaker.state("a")).toMatchObject({ phase: "closed" });
    expect(breaker.state("a").failureShare).toBeCloseTo(0.45, 5);
  });

  it("lets weights decay: what failed a few windows ago does not add up with what fails now", async () => {
    const { breaker, time } = setUp({ minimumCalls: 1 });
    calls(breaker, 9, "success");
    calls(breaker, 8, "server-error");
    expect(breaker.state("a").failureShare).toBeCloseTo(8 / 17, 5);
    await time.advance(60_000);
    calls(breaker, 9, "success");
    const old = 8 / Math.E;
    expect(breaker.state("a").failureShare).toBeCloseTo(old / (17 / Math.E + 9), 5);
    await time.advance(600_000);
    expect(breaker.state("a").failureShare).toBeCloseTo(old / (17 / Math.E + 9), 5);
    calls(breaker, 1, "success");
    expect(breaker.state("a").failureShare).toBeLessThan(0.001);
  });

  it("counts calls in flight as not failed: quick failures beside long answers do not open it", () => {
    const { breaker } = setUp();
    const long = Array.from({ length: 100 }, () => passage(breaker));
    calls(breaker, 60, "server-error");
    expect(breaker.state("a")).toMatchObject({ phase: "closed", inFlight: 100 });
    for (const one of long) one.report("success");
    expect(breaker.state("a")).toMatchObject({ phase: "closed", inFlight: 0 });
    calls(breaker, 39, "server-error");
    expect(breaker.state("a").phase).toBe("closed");
    calls(breaker, 1, "server-error");
    expect(breaker.state("a").phase).toBe("open");
  });

  it("takes a passage's first report, and no other", () => {
    const { breaker } = setUp({ minimumCalls: 2 });
    const one = passage(breaker);
    one.report("success");
    one.report("server-error");
    one.report("server-error");
    expect(breaker.state("a")).toMatchObject({ phase: "closed", inFlight: 0, failureShare: 0 });
  });

  it("keeps keys apart", () => {
    const { breaker } = setUp();
    calls(breaker, 10, "timeout", "a");
    expect(breaker.state("a").phase).toBe("open");
    expect(breaker.state("b").phase).toBe("closed");
    expect(breaker.states().map(({ key }) => key)).toEqual(["a"]);
  });
});

describe("half-open", () => {
  it("lets exactly one of 1,000 parallel callers probe", async () => {
    const { breaker, time } = setUp();
    await openThenWait(breaker, time);
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        await Promise.resolve();
        return breaker.admit("a");
      }),
    );
    const probes = answers.filter((answer) => answer.openUntilMs === undefined);
    expect(probes).toHaveLength(1);
    expect(probes[0]).toMatchObject({ isProbe: true });
    expect(breaker.state("a")).toMatchObject({ phase: "half-open", inFlight: 1 });
  });

  it.each<[Cause, string]>([
    ["success", "closed"],
    ["client-error", "closed"],
    ["server-error", "open"],
    ["truncated", "open"],
    ["overloaded", "open"],
  ])("a probe that ends as %s leaves it %s", async (cause, phase) => {
    const { breaker, time } = setUp();
    await openThenWait(breaker, time);
    passage(breaker).report(cause);
    expect(breaker.state("a").phase).toBe(phase);
    expect(breaker.admit("a").openUntilMs === undefined).toBe(phase === "closed");
  });

  it.each<Cause>(["rate-limit", "aborted", "quota"])(
    "a probe that ends as %s says nothing: the next call is the probe",
    async (cause) => {
      const { breaker, time } = setUp();
      await openThenWait(breaker, time);
      passage(breaker).report(cause);
      expect(breaker.admit("a")).toMatchObject({ isProbe: true });
      expect(breaker.admit("a").openUntilMs).toBeGreaterThan(time.now());
    },
  );

  it("stays open twice as long after each probe that fails, up to a bound, and as at first once it has worked", async () => {
    const { breaker, time } = setUp();
    const waits: number[] = [];
    calls(breaker, 10, "server-error");
    for (let round = 0; round < 9; round++) {
      const waitMs = breaker.state("a").openUntilMs! - time.now();
      waits.push(waitMs);
      await time.advance(waitMs - 1);
      expect(breaker.admit("a").openUntilMs).toBe(time.now() + 1);
      await time.advance(1);
      passage(breaker).report("connection");
    }
    for (const [round, waitMs] of waits.entries()) {
      const leastMs = Math.min(5_000 * 2 ** round, 300_000);
      expect(waitMs).toBeGreaterThanOrEqual(leastMs);
      expect(waitMs).toBeLessThanOrEqual(leastMs * 1.1 + 1);
    }
    await openThenWait(breaker, time).catch(() => {});
    await time.advance(400_000);
    passage(breaker).report("success");
    calls(breaker, 10, "server-error");
    expect(breaker.state("a").openUntilMs! - time.now()).toBeLessThanOrEqual(5_501);
  });

  it("gives a lost probe up for another, and takes no notice of the lost one", async () => {
    const { breaker, time } = setUp({ probeFor: "1m" });
    await openThenWait(breaker, time);
    const lost = passage(breaker);
    await time.advance(59_999);
    expect(breaker.admit("a").openUntilMs).toBe(time.now() + 1);
    await time.advance(1);
    const next = passage(breaker);
    lost.report("success");
    expect(breaker.state("a").phase).toBe("half-open");
    next.report("success");
    expect(breaker.state("a")).toMatchObject({ phase: "closed", inFlight: 0 });
  });

  it("takes no notice of calls from before it opened", async () => {
    const { breaker, time } = setUp();
    const before = Array.from({ length: 5 }, () => passage(breaker));
    calls(breaker, 5, "server-error");
    expect(breaker.state("a").phase).toBe("open");
    before[0]!.report("success");
    before[1]!.report("server-error");
    expect(breaker.state("a").phase).toBe("open");
    await time.advance(6_000);
    const probe = passage(breaker);
    before[2]!.report("success");
    before[3]!.report("server-error");
    expect(breaker.state("a").phase).toBe("half-open");
    probe.report("success");
    before[4]!.report("server-error");
    expect(breaker.state("a")).toMatchObject({ phase: "closed", inFlight: 0, failureShare: 0 });
  });
});

describe("told when", () => {
  it("opens at once until the instant that the server names, then lets one probe", async () => {
    const { breaker, time } = setUp();
    const untilMs = time.now() + 40_000;
    passage(breaker).report("overloaded", { untilMs });
    expect(breaker.admit("a")).toEqual({ openUntilMs: untilMs });
    await time.advance(39_999);
    expect(breaker.admit("a").openUntilMs).toBe(untilMs);
    await time.advance(1);
    expect(breaker.admit("a")).toMatchObject({ isProbe: true });
  });

  it.each<[Cause, boolean]>(
    causes.map((cause) => [cause, ["overloaded", "server-error", "quota"].includes(cause)]),
  )("with %s opens: %s", (cause, opens) => {
    const { breaker, time } = setUp();
    passage(breaker).report(cause, { untilMs: time.now() + 40_000 });
    expect(breaker.state("a").phase).toBe(opens ? "open" : "closed");
  });

  it("believes no longer than the longest, and nothing that has passed", async () => {
    const { breaker, time } = setUp();
    passage(breaker).report("server-error", { untilMs: time.now() });
    expect(breaker.state("a").phase).toBe("closed");
    passage(breaker).report("quota", { untilMs: Infinity });
    expect(breaker.admit("a").openUntilMs).toBe(time.now() + 300_000);
  });
});

describe("options", () => {
  it("with the classic weights opens sooner for what weighs more", () => {
    expect(presets.classic).toMatchObject({
      timeout: 2,
      "rate-limit": 1.5,
      "server-error": 2.5,
      connection: 0.5,
    });
    expect(
      ["server-error", "timeout", "rate-limit", "connection", "client-error"].map((cause) =>
        failuresUntilOpen(cause as Cause),
      ),
    ).toEqual([14, 20, 40, Infinity, Infinity]);
  });

  it("tells each change, and bears a listener that throws", async () => {
    const seen: string[] = [];
    const { breaker, time } = setUp({
      onChange: ({ key, phase }) => {
        seen.push(`${key} ${phase}`);
        throw new Error("no");
      },
    });
    await openThenWait(breaker, time);
    passage(breaker).report("success");
    expect(seen).toEqual(["a open", "a half-open", "a closed"]);
  });

  it("shares what it knows: one that adopts another's opening lets nothing through until then", async () => {
    const time = virtualTime();
    const second = createBreaker({ timing: time });
    const first = createBreaker({
      timing: time,
      onChange: ({ key, openUntilMs, phase }) => {
        if (phase === "open") second.adopt(key, openUntilMs!);
      },
    });
    calls(first, 10, "server-error");
    const { openUntilMs } = first.state("a");
    expect(second.admit("a")).toEqual({ openUntilMs });
    await time.advance(openUntilMs! - time.now());
    expect(second.admit("a")).toMatchObject({ isProbe: true });
  });

  it("forgets the oldest of too many keys, but spares one that is open", () => {
    const { breaker } = setUp({ maxKeys: 3 });
    calls(breaker, 10, "server-error", "broken");
    for (let index = 0; index < 100; index++) calls(breaker, 1, "success", `key-${index}`);
    expect(breaker.states().map(({ key, phase }) => `${key} ${phase}`)).toEqual([
      "broken open",
      "key-98 closed",
      "key-99 closed",
    ]);
  });

  it.each<[unknown, string]>([
    [null, "breaker: options must be an object, got null"],
    [{ treshold: 1 }, "breaker: option must be one of weights, threshold"],
    [{ threshold: 0 }, "breaker: threshold must be a number above 0, got 0"],
    [{ minimumCalls: 0 }, "breaker: minimumCalls must be an integer from 1, got 0"],
    [{ maxKeys: 1.5 }, "breaker: maxKeys must be an integer from 1, got 1.5"],
    [{ window: "0s" }, "breaker: window must be"],
    [{ openFor: -1 }, "breaker: openFor must be"],
    [{ onChange: 1 }, "breaker: onChange must be a function, got 1"],
    [
      { weights: "modern" },
      'breaker: weights must be "measured", "classic" or an object, got "modern"',
    ],
    [{ weights: 3 }, 'breaker: weights must be "measured", "classic" or an object, got 3'],
    [{ weights: { teapot: 1 } }, "breaker: weights must be of success"],
    [
      { weights: { timeout: -1 } },
      'breaker: weights of "timeout" must be a number from 0, or "neutral", got -1',
    ],
    [{ weights: { "client-error": 1 } }, 'breaker: weights of "client-error" must be 0'],
  ])("refuses %j", (options, message) => {
    expect(() => createBreaker(options as BreakerOptions)).toThrow(message);
  });

  it("takes weights of one's own", () => {
    const { breaker } = setUp({ weights: { "rate-limit": 1, timeout: 0 } });
    calls(breaker, 100, "timeout");
    expect(breaker.state("a").phase).toBe("closed");
    calls(breaker, 100, "rate-limit");
    expect(breaker.state("a").phase).toBe("open");
  });
});
