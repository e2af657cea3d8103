import { setTimeout as wait } from "node:timers/promises";

/**
 * Asks again and again until `ask` answers something else than `undefined`. Throws after `withinMs` (default 60 s), with what was
 * waited for and what `ask` last threw.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 60_000,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  let cause: unknown;
  while (performance.now() < giveUpAt) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    await wait(25);
  }
  throw new Error(`waited ${withinMs} ms in vain until ${what}`, { cause });
}
