import { isPromise } from "../answer.ts";
import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { canonical } from "./canonical.ts";
import { isEqual } from "./equal.ts";
import { type LimitSpec, limitOf } from "./limit-spec.ts";
import { manualClock, type ManualClock } from "./manual-clock.ts";
import { oracleStore } from "./oracle.ts";
import { createPlayer } from "./player.ts";
import { seededRandom } from "./random.ts";
import { drawEpisode, type Episode, type Operation } from "./workload.ts";

/** An empty store that tells the time by `clock` and remembers ended leases for `rememberMs`. */
export type MakeStore = (clock: Clock, rememberMs: number) => Store | Promise<Store>;

/** Options of `compareWithOracle()`. */
export interface ComparisonOptions {
  /** Makes the store to compare, anew for each episode. */
  readonly makeStore: MakeStore;
  readonly operations: number;
  readonly seed: number;
}

/** How a comparison went: each kind of operation and answer, counted, to see that all were met. */
export type ComparisonTally = Readonly<Record<string, number>>;

/** Where a store and the oracle part. */
export interface Mismatch {
  /** Of the operation, in its episode. */
  readonly step: number;
  readonly expected: unknown;
  readonly got: unknown;
}

/** After so many operations a new store is made, with other limits. */
const episodeLength = 400;

const longestRetryMs = 100 * 86_400_000;

/**
 * Runs a random workload against a store and the oracle, and throws at the first answer that differs, with the seed and the
 * operations of that episode. Answers are compared whole: decisions, charges, times and errors.
 */
export async function compareWithOracle(options: ComparisonOptions): Promise<ComparisonTally> {
  const { makeStore, operations, seed } = options;
  const tally: Record<string, number> = {};
  const random = seededRandom(seed);
  for (let done = 0; done < operations; done += episodeLength) {
    const episode = drawEpisode(random, Math.min(episodeLength, operations - done));
    const mismatch = await playEpisode(episode, makeStore, tally);
    if (mismatch === undefined) continue;
    const { step, expected, got } = mismatch;
    const history = { ...episode, operations: episode.operations.slice(0, step + 1) };
    throw new Error(
      `seed ${seed}, operation ${done + step}: expected ${canonical(expected)}, got ${canonical(got)}; ` +
        `episode ${canonical(history)}`,
    );
  }
  return tally;
}

/** Plays one episode to a store and to the oracle, up to the first answer that differs; adds to `tally` what was met. */
export async function playEpisode(
  episode: Episode,
  makeStore: MakeStore,
  tally: Record<string, number> = {},
): Promise<Mismatch | undefined> {
  const { startMs, rememberMs, operations } = episode;
  const limits = episode.limits.map(limitOf);
  const clock = manualClock(startMs);
  const subject = createPlayer(limits, await makeStore(clock, rememberMs), clock);
  const oracle = createPlayer(limits, oracleStore(clock, rememberMs), clock);
  for (const [step, operation] of operations.entries()) {
    move(clock, operation, oracle.retryAtMs());
    // The same objects to both, so that most of an answer need not be compared.
    const next = nextLimits(operation);
    const expected = oracle.play(operation, next);
    const answer = subject.play(operation, next);
    // An await for each of a million operations would take longer than they do.
    const got: unknown = isPromise(answer) ? await answer : answer;
    if (!isEqual(got, expected)) return { step, expected, got };
    const name = `${operation.kind}: ${kindOf(expected)}`;
    tally[name] = (tally[name] ?? 0) + 1;
  }
}

function nextLimits(operation: Operation): ReturnType<typeof limitOf>[] {
  const specs: readonly LimitSpec[] = operation.kind === "update" ? operation.limits : [];
  return specs.map(limitOf);
}

function move(clock: ManualClock, operation: Operation, retryAtMs: number): void {
  if (operation.kind === "time") clock.advance(operation.ms);
  if (operation.kind === "retry") {
    const ms = retryAtMs - operation.earlyMs - clock();
    // Where costs are huge it would be beyond all calendars.
    if (ms > 0 && ms < longestRetryMs) clock.advance(ms);
  }
}

/** One word for an answer; for several, that for the last. */
function kindOf(answer: unknown): string {
  const told: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  if (typeof told !== "object" || told === null) return told === true ? "applied" : "nothing";
  if ("error" in told) return String(told.error);
  if ("reason" in told) return String(told.reason);
  if ("replayed" in told) return told.replayed === true ? "replayed" : "allowed";
  return "applied" in told && told.applied === true ? "applied" : "nothing";
}
