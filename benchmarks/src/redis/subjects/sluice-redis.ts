import { createLimiter, slidingWindow } from "@sluice/core";

import {
  denyingStore,
  leasedStore,
  type Measured,
  standardStore,
  uncoalescedStore,
} from "../stores.ts";
import type { Opened, Opening, Subject } from "./subject.ts";

const name = "sluice-redis";
const per = ["user"];

/** `check` of a limiter over `redisStore`, as it is where nothing is asked for. */
export const sluiceRedis: Subject = {
  name,
  promise:
    "exact sliding window, atomic over all limits, a refusal is free, a deadline on every answer (10 s here)",
  open: ({ client, limit }) => counting(standardStore(client), limit),
};

/** The same, each check a script call of its own. */
export const sluiceAlone: Subject = {
  name,
  promise: "each check a call of its own",
  open: ({ client, limit }) => counting(uncoalescedStore(client), limit),
};

/** The same, with refusals answered here until their time has come. */
export const sluiceDenyCache: Subject = {
  name,
  promise: "refusals answered in the process until the earliest time they could end",
  open: ({ client, limit }) => counting(denyingStore(client), limit),
};

/** The same, decided on here out of slices of 50. */
export const sluiceLeased: Subject = {
  name,
  promise: "decided in the process, out of slices of 50",
  open: ({ client, limit }) =>
    counting(leasedStore(client, "rpm", { slice: 50, ttlMs: 1_000 }), limit),
};

/** The same for tokens. */
export const sluiceWeighted: Subject = {
  name,
  promise: "with costs",
  open: ({ client, limit }) => weighing(standardStore(client), limit),
};

/** The same for tokens, each check a script call of its own. */
export const sluiceWeightedAlone: Subject = {
  name,
  promise: "with costs, each check a call of its own",
  open: ({ client, limit }) => weighing(uncoalescedStore(client), limit),
};

/** `reserve` under three limits, with the caller's id: a minute, an hour and a day. */
export const sluiceThree: Subject = {
  name,
  promise: "three limits in one decision, all or none, with a lease and the caller's id",
  open({ client, limit }: Opening) {
    const { store, failure } = standardStore(client);
    const limiter = createLimiter({
      limits: [
        slidingWindow({ name: "minute", limit, window: "1m", per }),
        slidingWindow({ name: "hour", limit: 10 * limit, window: "1h", per }),
        slidingWindow({ name: "day", limit: 100 * limit, window: "24h", per }),
      ],
      store,
    });
    let requests = 0;
    return {
      failure,
      async decide(user) {
        const id = `request-${requests++}`;
        const { allowed } = await limiter.reserve({ user }, { requests: 1 }, { id });
        return allowed;
      },
    };
  },
};

function counting({ store, failure }: Measured, limit: number): Opened {
  const limits = [slidingWindow({ name: "rpm", limit, window: "1m", per })];
  const limiter = createLimiter({ limits, store });
  return {
    failure,
    async decide(user) {
      const { allowed } = await limiter.check({ user });
      return allowed;
    },
  };
}

function weighing({ store, failure }: Measured, limit: number): Opened {
  const limits = [slidingWindow({ name: "tpm", limit, unit: "tokens", window: "1m", per })];
  const limiter = createLimiter({ limits, store });
  return {
    failure,
    async decide(user, tokens) {
      const { allowed } = await limiter.check({ user }, { tokens });
      return allowed;
    },
  };
}
