import type { Account, Ledger } from "./ledger.ts";
import { limitNames } from "./plan.ts";
import { type Answers, failed, provesLittle } from "./replay.ts";
import { broken, type Result } from "./result.ts";
import { table } from "./table.ts";
import { count, counted, percent, tenantName } from "./words.ts";

/** What a run came to. */
export interface Outcome {
  readonly result: Result;
  readonly ledger: Ledger;
  readonly accounts: readonly Account[];
  readonly answers: Answers;
}

/** What a run came to, for people; the last line is the verdict. */
export function summary({ result, ledger, accounts, answers }: Outcome, chart: string): string {
  const tenants = Object.entries(ledger.totals);
  const requests = tenants.map(([tenant, { admitted, refused }]) => {
    const asked = Object.values(refused).reduce((sum, n) => sum + n, admitted);
    const limits = limitNames.map((name) => refused[name] ?? 0);
    return [tenant, ...[asked, admitted, ...limits].map(count)];
  });
  const tokens = tenants.map(([tenant, { reservedTokens, usedTokens }]) => {
    const allowance = allowanceOf(result, tenant);
    const share = percent(allowance === 0 ? 0 : usedTokens / allowance);
    return [tenant, ...[reservedTokens, usedTokens, allowance].map(count), share];
  });
  const limits = result.limits.map((limit, index) => [
    tenantName(limit.tenant),
    limit.limit,
    count(limit.capacity),
    count(limit.worstWindow),
    count(accounts[index]!.worstCharged),
    limit.ratio.toFixed(3),
    limit.ratio > limit.bound ? "OVER" : "held",
  ]);
  const { total, withRetryAfter } = result.refusals;
  const { p50, p99 } = result.latencyMs;
  return [
    "",
    `${counted(result.load.requests, "request")} in ${result.load.seconds.toFixed(1)} s`,
    ...shortfalls(answers),
    "",
    "Requests, and how many each limit refused:",
    "",
    ...table(["tenant", "asked", "allowed", ...limitNames], requests),
    "",
    "Tokens, and the most that tpm allows in a run of this length:",
    "",
    ...table(["tenant", "reserved", "used", "limit", "used/limit"], tokens),
    "",
    "Worst window of each limit, recomputed from the record of events.",
    `A ratio of ${result.limits[0]?.bound.toFixed(3)} is the bound.`,
    "",
    ...table(["tenant", "limit", "capacity", "worst window", "worst charged", "ratio", ""], limits),
    "",
    `Refusals       ${count(total)}, of which ${count(withRetryAfter)} say when to retry;`,
    `               by the record ${count(ledger.exactRefusals())} of those are exact`,
    `Added latency  p50 ${p50} ms, p99 ${p99} ms, to decide`,
    `Chart          ${chart}`,
    "",
    verdict(result, accounts, answers),
  ].join("\n");
}

/** The most tokens that a tenant's `tpm` lets through in a run of this length. */
function allowanceOf({ limits, load }: Result, tenant: string): number {
  const limit = limits.find((row) => row.tenant === tenant && row.limit === "tpm");
  if (limit === undefined) return 0;
  // A window holds one of its two ends, so a run of exactly one window touches two; the clock counts whole milliseconds.
  const windows = Math.floor((load.seconds * 1000 + 1) / limit.windowMs) + 1;
  return limit.capacity * windows;
}

/** What kept the run from being whole. */
function shortfalls(answers: Answers): string[] {
  const lines: string[] = [];
  if (answers.notSent > 0) lines.push(`${count(answers.notSent)} not sent: behind schedule`);
  if (answers.unfinished > 0) {
    lines.push(`${count(answers.unfinished)} were still running when the run ended`);
  }
  const [commonest] = [...answers.failures].toSorted(([, a], [, b]) => b - a);
  if (commonest !== undefined) {
    const [reason, times] = commonest;
    lines.push(
      `${count(failed(answers))} failed; the commonest reason, ${counted(times, "time")}:`,
    );
    lines.push(`  ${reason}`);
  }
  return lines;
}

function verdict(result: Result, accounts: readonly Account[], answers: Answers): string {
  const exceeded = broken(result);
  if (exceeded.length > 0) {
    return `${exceeded.length} of ${result.limits.length} limits were exceeded beyond their bound.`;
  }
  if (provesLittle(answers, result.refusals.total)) {
    return `${count(failed(answers))} of ${counted(answers.sent, "request")} failed: this run proves little.`;
  }
  const overrun = accounts.filter(({ limit, worstCharged }) => worstCharged > limit.capacity);
  if (overrun.length === 0) return "Every limit held in every window.";
  return (
    `Every limit held for what was admitted; ${overrun.length} ${overrun.length === 1 ? "was" : "were"} overrun afterwards ` +
    "by use beyond the reservation."
  );
}
