import type { HistoryRecord } from "./history-record.ts";

/**
 * By time; a replay after what it repeats. What is told of a lease stays behind what was answered of it without the store before: whoever
 * did that only guessed the store's time.
 */
export function inOrder(history: readonly HistoryRecord[]): readonly HistoryRecord[] {
  const guessed = new Map<string, number>();
  const told = history.map((record) => {
    if (!("id" in record) || record.id === undefined) return record;
    const latestMs = guessed.get(record.id);
    if (latestMs === undefined) {
      if ("mode" in record && record.mode !== undefined) guessed.set(record.id, record.atMs);
      return record;
    }
    const atMs = Math.max(record.atMs, latestMs);
    guessed.set(record.id, atMs);
    return atMs === record.atMs ? record : { ...record, atMs };
  });
  return told.toSorted((a, b) => a.atMs - b.atMs || rankOf(a) - rankOf(b));
}

function rankOf(record: HistoryRecord): number {
  return record.kind === "grant" && record.replayed === true ? 1 : 0;
}
