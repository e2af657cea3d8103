import type { FaultRecord, HistoryRecord } from "./history-record.ts";

/** How long it took until decisions were the store's again. */
export interface Recovery {
  readonly name: string;
  /** When the fault was healed, or where nothing says that, when it began. */
  readonly atMs: number;
  /** Of the slowest of those that decided at all after it; `Infinity` when one of them never came back, or nobody decided. */
  readonly tookMs: number;
}

/** The recovery from each fault of `records`, which are in order. */
export function recoveriesOf(records: readonly HistoryRecord[]): readonly Recovery[] {
  const exact = new Map<string, number[]>();
  const last = new Map<string, number>();
  const faults: FaultRecord[] = [];
  for (const record of records) {
    if (record.kind === "fault" || record.kind === "healed") faults.push(record);
    if (record.kind !== "grant" && record.kind !== "refusal" && record.kind !== "lost") continue;
    const { atMs, by = "" } = record;
    last.set(by, atMs);
    if (record.kind === "lost" || record.mode !== undefined) continue;
    const times = exact.get(by) ?? [];
    times.push(atMs);
    exact.set(by, times);
  }
  return faults.flatMap(({ kind, name, atMs }, index) => {
    if (kind === "healed") return [];
    const healed = faults
      .slice(index)
      .find((later) => later.kind === "healed" && later.name === name);
    const fromMs = healed?.atMs ?? atMs;
    const asking = [...last].filter(([, lastMs]) => lastMs >= fromMs);
    const took = asking.map(([by]) => firstFrom(exact.get(by) ?? [], fromMs) - fromMs);
    return [{ name, atMs: fromMs, tookMs: took.length === 0 ? Infinity : Math.max(...took) }];
  });
}

/** The first of `times`, which are in order, that is not before `fromMs`. */
function firstFrom(times: readonly number[], fromMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < fromMs) low = middle + 1;
    else high = middle;
  }
  return times[low] ?? Infinity;
}
