/** Does so many calls of something. */
export type Calls = (count: number) => void | Promise<void>;

/** Something of Sluice's, beside something that costs alike on any machine. */
export interface Race {
  readonly name: string;
  readonly own: Calls;
  readonly beside: Calls;
  /** How long a run of each is. */
  readonly calls: number;
  /** How many times as long its own calls may take. */
  readonly atMost: number;
}

/** The first of them warm it up: they are slower, and do not count for that. */
const runs = 130;
/** After so many it is known what is past hope. */
const enough = 40;

/** Whether a ratio is so far above what is allowed that no luck makes up for it. */
export function isHopeless({ ratio, atMost }: { ratio: number; atMost: number }): boolean {
  return ratio > 3 * atMost;
}

/**
 * How many times as long the calls of `own` take as those of `beside`: of each the fastest of many short runs, by turns. A run
 * that nothing disturbed is there even on a busy machine, if it is much shorter than what a process gets of a processor at a time; a mean
 * never is.
 */
export async function ratioOf({ own, beside, calls, atMost }: Race): Promise<number> {
  let ownMs = Infinity;
  let besideMs = Infinity;
  for (let run = 0; run < runs; run++) {
    ownMs = Math.min(ownMs, await timed(own, calls));
    besideMs = Math.min(besideMs, await timed(beside, calls));
    if (run >= enough && isHopeless({ ratio: ownMs / besideMs, atMost })) break;
  }
  return ownMs / besideMs;
}

async function timed(run: Calls, calls: number): Promise<number> {
  const startMs = performance.now();
  const running = run(calls);
  if (running !== undefined) await running;
  return performance.now() - startMs;
}
