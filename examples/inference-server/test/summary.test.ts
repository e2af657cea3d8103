import { describe, expect, it } from "vitest";

import { askedTokens } from "../src/asked.ts";
import type { Event } from "../src/events.ts";
import { createLedger } from "../src/ledger.ts";
import { chooseLoad } from "../src/load/choose.ts";
import type { Load } from "../src/load/load.ts";
import { answerMs, longestPrompt, maxTokens, planOf } from "../src/plan.ts";
import type { Answers } from "../src/replay.ts";
import { resultOf } from "../src/result.ts";
import { summary } from "../src/summary.ts";

const load: Load = {
  source: "test",
  requests: [{ atMs: 0, tenant: "a", contextTokens: 1, generatedTokens: 1, stream: true }],
};
const plan = planOf(load, { tpm: 100, "key-tpm": 1_000_000 }, 60);
const whole: Answers = { sent: 1, notSent: 0, unfinished: 0, failures: new Map() };

const admitted = (tokens: number, atMs = 0): Event => ({
  type: "admitted",
  atMs,
  id: atMs,
  tenant: "a",
  tokens,
  addedMs: 0.1,
});
const used = (tokens: number): Event => ({ type: "ended", atMs: 10, id: 0, tokens });

function linesOf(events: readonly Event[], answers: Answers = whole): string[] {
  const ledger = createLedger(plan, 0);
  for (const event of events) ledger.apply(event);
  const accounts = ledger.accounts(500);
  const result = resultOf(load, answers.sent, 1, ledger, accounts);
  return summary({ result, ledger, accounts, answers }, "chart.html").split("\n");
}

describe("the summary", () => {
  it.each([
    ["held", [admitted(50), used(20)], whole, "Every limit held in every window."],
    [
      "was used beyond the reservation",
      [admitted(50), used(120)],
      whole,
      "Every limit held for what was admitted; 1 was overrun afterwards by use beyond the reservation.",
    ],
    [
      "was exceeded, whatever failed",
      [admitted(101)],
      { ...whole, failures: new Map([["502", 1]]) },
      "1 of 4 limits were exceeded beyond their bound.",
    ],
    [
      "was hardly asked",
      [],
      { ...whole, sent: 100, failures: new Map([["x", 6]]) },
      "6 of 100 requests failed: this run proves little.",
    ],
    [
      "was asked enough",
      [],
      { ...whole, sent: 100, failures: new Map([["x", 5]]) },
      "Every limit held in every window.",
    ],
  ])("ends with the verdict on what %s", (_, events, answers, verdict) => {
    expect(linesOf(events, answers).at(-1)).toBe(verdict);
  });

  it("says what was not sent, not answered and why it failed", () => {
    const failures = new Map([
      ["ECONNRESET: aborted", 1],
      ["502: connect ECONNREFUSED", 2],
    ]);
    const lines = linesOf([], { sent: 100, notSent: 7, unfinished: 2, failures });
    expect(lines.slice(1, 6)).toEqual([
      "100 requests in 1.0 s",
      "7 not sent: behind schedule",
      "2 were still running when the run ended",
      "3 failed; the commonest reason, 2 times:",
      "  502: connect ECONNREFUSED",
    ]);
  });

  it("fits a terminal of 80 columns, with the numbers of the default load", () => {
    const recorded = chooseLoad([], 40 * 60_000);
    const ledger = createLedger(planOf(recorded, {}, 60), 0);
    for (const tenant of Object.keys(ledger.totals)) {
      for (let id = 0; id < 30; id++) {
        ledger.apply({ ...admitted(100_000), type: "admitted", id, tenant } as Event);
      }
    }
    const accounts = ledger.accounts(0);
    const result = resultOf(recorded, 1, 40, ledger, accounts);
    const text = summary({ result, ledger, accounts, answers: whole }, "report/tokens.html");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("never shows a tenant that kept its limit above what that allows", () => {
    // A run of exactly one window holds what was admitted at its very start and at its very end.
    const lines = linesOf([admitted(100), used(100), admitted(100, 1000)]);
    expect(lines.find((line) => /^a .*%$/.test(line))).toMatch(/ 200 +50 %$/);
  });
});

describe("the plan", () => {
  it("has room for every request of the load by default", () => {
    const big = { atMs: 0, contextTokens: 500_000, generatedTokens: 1, stream: true };
    const { tenants, shared } = planOf(
      { source: "test", requests: [...load.requests, { ...big, tenant: "b" }] },
      {},
      60,
    );
    const tpm = (tenant: string): unknown => tenants[tenant]?.find(({ name }) => name === "tpm");
    expect(tpm("a")).toMatchObject({ capacity: 2 * (1 + maxTokens) });
    expect(tpm("b")).toMatchObject({ capacity: 2 * (500_000 + maxTokens) });
    expect(shared[0]?.capacity).toBeGreaterThanOrEqual(500_000 + maxTokens);
  });

  it.each([
    [1, 300_000],
    [10, 30_000],
    [200, 30_000],
  ])("at speed %i lets a lease live for %i ms", (speed, expiresAfterMs) => {
    expect(planOf(load, {}, speed)).toMatchObject({ expiresAfterMs });
    expect(answerMs(longestPrompt(load.requests), maxTokens) / speed).toBeLessThan(expiresAfterMs);
  });
});

describe("what was asked", () => {
  it("is told until the replay ended", () => {
    const requests = [0, 100, 900].map((atMs) => ({ ...load.requests[0]!, atMs }));
    expect(askedTokens({ source: "test", requests }, 1, 1000, 100, 250)["a"]).toEqual([2, 4, 4, 4]);
  });
});
