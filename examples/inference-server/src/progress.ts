import type { Ledger } from "./ledger.ts";
import { table } from "./table.ts";
import { count, percent, tenantName } from "./words.ts";

/** One line on a run under way. */
export function progress(ledger: Ledger, seconds: number, nowMs: number): string {
  const windows = ledger
    .accounts(nowMs)
    .filter(({ limit }) => limit.name === "tpm")
    .map(({ tenant, current, limit }) => `${tenant} ${percent(current / limit.capacity)}`);
  return `${seconds.toFixed(0).padStart(4)} s  allowed ${count(allowed(ledger))}  refused ${count(ledger.refusals.total)}  tokens of the limit: ${windows.join(", ")}`;
}

/** The state of a run under way, as a block of lines for a terminal. */
export function dashboard(
  ledger: Ledger,
  seconds: number,
  totalSeconds: number,
  nowMs: number,
): string[] {
  const rows = ledger
    .accounts(nowMs)
    .map(({ tenant, limit, current, worstWindow }) => [
      tenantName(tenant),
      limit.name,
      bar(current / limit.capacity),
      count(current),
      count(limit.capacity),
      `worst ${(worstWindow / limit.capacity).toFixed(3)}`,
    ]);
  return [
    `${seconds.toFixed(1)} of ${totalSeconds.toFixed(0)} s   allowed ${count(allowed(ledger))}   refused ${count(ledger.refusals.total)}   (Ctrl-C ends it with a summary)`,
    "",
    ...table(["tenant", "limit", "in this window", "now", "limit", ""], rows),
  ];
}

function allowed(ledger: Ledger): number {
  return Object.values(ledger.totals).reduce((sum, { admitted }) => sum + admitted, 0);
}

function bar(share: number): string {
  const filled = Math.min(20, Math.round(share * 20));
  return "█".repeat(filled) + "░".repeat(20 - filled);
}
