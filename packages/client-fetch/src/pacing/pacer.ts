import { createLimiter, type Decision, type Limiter, type Store } from "@sluice/core";

import type { Allowance } from "../hints/hint.ts";
import type { Timing } from "../timing.ts";
import { createLimitBook, type Verdict, windowOf } from "./limit-book.ts";
import {
  type KnownLimit,
  openLimit,
  type PacedLimit,
  pacedLimit,
  type PaceRules,
  type Unit,
} from "./limits.ts";
import type { ProviderRules } from "./providers.ts";

/** What a call is charged, in whole units. */
export type Charge = Readonly<Record<Unit, number>>;

/** What a call was charged, and when. */
export interface Taken {
  readonly charge: Charge;
  readonly atMs: number;
  /** All that the lane had been charged then, this call included. */
  readonly all: Charge;
}

/** Keeps the calls of one lane to the pace of the provider's limits. */
export interface Pacer {
  /** Charges a call of the class and answers 0, or answers how many milliseconds it has to wait at least. */
  take(charge: Charge, classIndex: number): number | Promise<number>;
  /** To be called once, at once, after `take` has answered 0. */
  taken(charge: Charge): Taken;
  /** What the head of the answer to a call says of the limits. Answers for how long to pause the lane, where an allowance is spent. */
  learn(taken: Taken, verdict: Verdict, allowances: readonly Allowance[]): number;
  /** Lets nothing through for so long from now, then begins at the pace of the limits, without a burst. */
  pause(forMs: number): void;
  /** Puts what a call used in the place of what it was charged; units that are not told keep their charge. */
  settle(charge: Charge, used: Readonly<Partial<Charge>>): void;
  /** Units that come back in a millisecond; `undefined` where no limit is known. */
  perMs(unit: Unit): number | undefined;
}

/** What a pacer needs. */
export interface PacerOptions {
  readonly timing: Timing;
  readonly store: Store;
  /** Whether others may count there too. */
  readonly isShared: boolean;
  /** Names the lane in the store: at most 256 characters. */
  readonly name: string;
  readonly provider: ProviderRules;
  readonly utilization: number;
  /** As in `PaceRules`. */
  readonly classes: PaceRules["classes"];
  /** Limits that are known without any answer. */
  readonly limits: readonly KnownLimit[];
}

const units = ["requests", "tokens", "inputTokens", "outputTokens"] as const;
const nothing: Charge = { requests: 0, tokens: 0, inputTokens: 0, outputTokens: 0 };
const growEveryMs = 5_000;

/** A pacer that learns limits from answers, beside those it is given. */
export function createPacer(options: PacerOptions): Pacer {
  const { timing, store, isShared, provider, utilization, classes } = options;
  const { requestsBurstMs, tokensBurstMs } = provider;
  const rules: PaceRules = { classes, requestsBurstMs, tokensBurstMs };
  const lane = { lane: options.name };
  const subjects = classes.map(({ name }) => ({ ...lane, class: name }));
  const book = createLimitBook(options.limits, provider, utilization);
  const open = openLimit(rules);
  const all = { ...nothing } as Record<Unit, number>;
  let paced: readonly PacedLimit[] = [];
  let grownAtMs = timing.now();
  let isPressed = false;
  const limiter: Limiter<Store> = createLimiter({ limits: [open.core], store });
  update();

  function update(): void {
    paced = book
      .limits()
      .map(({ unit, windowMs, limit, factor }) =>
        pacedLimit(unit, windowMs, limit * factor * utilization, rules),
      );
    limiter.update([open.core, ...paced.map(({ core }) => core)]);
  }

  function grow(nowMs: number): void {
    if (nowMs - grownAtMs < growEveryMs) return;
    grownAtMs = nowMs;
    const hasChanged = book.grow(nowMs, isPressed);
    isPressed = false;
    if (!hasChanged) return;
    const before = perMs("requests") ?? Infinity;
    update();
    // What the tighter limit held back has not been used of the others, and is not to come all at once.
    if ((perMs("requests") ?? Infinity) > before * 1.1) {
      fill((limit) => (limit.isEven ? limit.capacity - limit.perMs * 1_000 : 0));
    }
  }

  function perMs(unit: Unit): number | undefined {
    let least: number | undefined;
    for (const limit of paced) {
      if (limit.unit !== unit || !limit.isEven) continue;
      if (least === undefined || limit.perMs < least) least = limit.perMs;
    }
    return least;
  }

  /** Raises the levels of limits to what `wanted` answers for each; where that is not above 0 they stay. */
  function fill(wanted: (limit: PacedLimit) => number): void {
    const limits = paced;
    const levels = limits.map(wanted);
    if (!levels.some((level) => level > 0)) return;
    quietly(limiter.peek(subjects[0]!, nothing), (decision: Decision) => {
      for (const [index, limit] of limits.entries()) {
        // The open one is the first.
        const missing = Math.floor(levels[index]! - (decision.limits[index + 1]?.used ?? 0));
        if (missing < 1) continue;
        const one = createLimiter<Store>({ limits: [limit.core], store });
        quietly(one.penalize(lane, { ...nothing, [limit.unit]: missing }));
      }
    });
  }

  return {
    take(wanted, classIndex) {
      grow(timing.now());
      // Nobody else counts, and no limit is known: there is nothing to ask, and the lane's own pause holds what a refusal says.
      if (!isShared && paced.length === 0) return 0;
      // What no burst has room for goes when nothing else is charged, and the rest of it is owed.
      const within = fitting(wanted, paced, classIndex);
      const read = (decision: Decision): number => {
        if (decision.allowed || decision.reason === "store-unavailable") {
          if (within !== wanted) quietly(limiter.penalize(lane, difference(wanted, within)));
          return 0;
        }
        isPressed = true;
        return Math.max(1, decision.retryAfterMs ?? 1_000);
      };
      const answer: Decision | Promise<Decision> = limiter.check(subjects[classIndex]!, within);
      // A store that fails must not keep calls from a provider that works.
      return isPromise(answer) ? answer.then(read, () => 0) : read(answer);
    },
    taken(charge) {
      for (const unit of units) all[unit] += charge[unit];
      return { charge, atMs: timing.now(), all: { ...all } };
    },
    learn(taken, verdict, allowances) {
      const nowMs = timing.now();
      const { charge, atMs } = taken;
      if (book.answered({ nowMs, sentAtMs: atMs, verdict, allowances, charge })) update();
      let pauseMs = 0;
      for (const allowance of allowances) {
        const { unit, limit, remaining, resetMs = 0 } = allowance;
        if (remaining === undefined) continue;
        const windowMs = windowOf(allowance, provider);
        const isEvenly = provider.refills === "evenly" && limit !== undefined;
        if (!isEvenly && remaining < 1) pauseMs = Math.max(pauseMs, resetMs);
        // What was sent since is not in it yet, nor what has come back.
        const back = isEvenly ? (limit / windowMs) * (nowMs - atMs) : 0;
        const left = remaining - (all[unit] - taken.all[unit]) + back;
        fill((kept) =>
          kept.unit === unit && kept.windowMs === windowMs ? kept.capacity - left : 0,
        );
      }
      return pauseMs;
    },
    perMs,
    pause(forMs) {
      quietly(limiter.block(lane, Math.max(1, Math.ceil(forMs))));
      fill((limit) => (limit.isEven ? limit.capacity + limit.perMs * forMs : 0));
    },
    settle(charge, used) {
      const more: Record<Unit, number> = { ...nothing };
      const less: Record<Unit, number> = { ...nothing };
      let isMore = false;
      let isLess = false;
      for (const unit of units) {
        const change = (used[unit] ?? charge[unit]) - charge[unit];
        if (change > 0) isMore = (more[unit] = change) > 0;
        if (change < 0) isLess = (less[unit] = -change) > 0;
      }
      if (paced.length === 0) return;
      if (isMore) quietly(limiter.penalize(lane, more));
      if (isLess) quietly(limiter.reward(lane, less));
    },
  };
}

/** What of it fits into a burst; the same object where all does. */
function fitting(wanted: Charge, limits: readonly PacedLimit[], classIndex: number): Charge {
  let within: Record<Unit, number> | undefined;
  for (const { unit, capacities } of limits) {
    const most = capacities[classIndex]!;
    if ((within ?? wanted)[unit] <= most) continue;
    within ??= { ...wanted };
    within[unit] = most;
  }
  return within ?? wanted;
}

function difference(wanted: Charge, within: Charge): Charge {
  return {
    requests: wanted.requests - within.requests,
    tokens: wanted.tokens - within.tokens,
    inputTokens: wanted.inputTokens - within.inputTokens,
    outputTokens: wanted.outputTokens - within.outputTokens,
  };
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value;
}

/** Reads an answer when it is there; one that fails is no answer. */
function quietly<T>(answer: T | Promise<T>, read: (value: T) => void = () => {}): void {
  if (isPromise(answer)) answer.then(read).catch(() => {});
  else read(answer);
}
