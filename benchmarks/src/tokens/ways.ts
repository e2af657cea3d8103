import type { Limiter, SyncStore } from "@sluice/core";

import type { Asked, History, Running, Way } from "./way.ts";

const chargeAfter: Way = {
  name: "charge-after",
  promise:
    "lets through while there is room for one token, and charges all when the answer has ended",
  admit(_asked, limiter) {
    if (!limiter.check({}, { tokens: 1 }).allowed) return undefined;
    return {
      ended: (tokens) => void limiter.penalize({}, { tokens: tokens - 1 }),
    };
  },
};

/** Reserves the prompt and so much for the answer, and settles. */
export const reserveExtend: Way = reserving(
  "reserve-extend",
  "reserves the prompt and the mean of the last answers, extends when an answer goes beyond that, and settles",
  (_asked, { mean }) => mean,
  true,
);

/** All ways that are compared, Sluice's own first. */
export const ways: readonly Way[] = [
  reserveExtend,
  reserving(
    "reserve-extend-p90",
    "the same, with what nine of the last ten answers did not exceed",
    (_asked, { p90 }) => p90,
    true,
  ),
  reserving(
    "reserve-mean",
    "reserves the prompt and the mean of the last answers, and settles when the answer has ended",
    (_asked, { mean }) => mean,
  ),
  reserving(
    "reserve-max-1024",
    "reserves the prompt and a max_tokens of 1,024, and settles",
    () => 1_024,
  ),
  reserving(
    "reserve-max-4096",
    "reserves the prompt and a max_tokens of 4,096, and settles",
    () => 4_096,
  ),
  chargeAfter,
  reserving(
    "known",
    "reserves what the answer will be: nobody can, it is what the load allows at best",
    ({ answerTokens }) => answerTokens,
  ),
];

function reserving(
  name: string,
  promise: string,
  expected: (asked: Asked, history: History) => number,
  extends_ = false,
): Way {
  return {
    name,
    promise,
    admit(asked, limiter, history) {
      const { promptTokens } = asked;
      const tokens = promptTokens + Math.round(expected(asked, history));
      const reservation = limiter.reserve({}, { tokens });
      if (!reservation.allowed) return undefined;
      const { lease } = reservation;
      const running = { ended: (used: number) => void lease.settle({ tokens: used }) };
      if (!extends_) return running;
      return extending(running, lease, promptTokens);
    },
  };
}

type Lease = Extract<
  ReturnType<Limiter<SyncStore>["reserve"]>,
  { readonly allowed: true }
>["lease"];

function extending(running: Running, lease: Lease, promptTokens: number): Running {
  lease.extend({ tokens: promptTokens });
  return { ...running, streamed: (tokens) => void lease.extend({ tokens }) };
}
