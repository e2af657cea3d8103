import { tokenCosts } from "../../costs.ts";
import type { Job } from "../job.ts";
import { emptyScript } from "../subjects/empty-script.ts";
import { exactPeers, fixedPeers, threePeers, weightedPeers } from "../subjects/index.ts";
import { rateLimitRedis } from "../subjects/rate-limit-redis.ts";
import {
  rateLimiterFlexible,
  rateLimiterFlexibleBlocking,
} from "../subjects/rate-limiter-flexible.ts";
import {
  sluiceAlone,
  sluiceDenyCache,
  sluiceLeased,
  sluiceRedis,
  sluiceThree,
  sluiceWeighted,
  sluiceWeightedAlone,
} from "../subjects/sluice-redis.ts";
import { upstashRatelimit, upstashRatelimitBlocking } from "../subjects/upstash-ratelimit.ts";
import { checksOf } from "./checks.ts";
import { fleetLeased } from "./fleet.ts";
import { hotKeyOf } from "./hot-key.ts";
import { refusalsOf } from "./refusals.ts";
import { windowsOf } from "./windows.ts";

const tpm = 100 * 1_250;

/** For a first look. */
const first = [sluiceRedis, rateLimitRedis, rateLimiterFlexible, ...exactPeers];

/** All that the Redis suite measures. */
export const jobs: readonly Job[] = [
  {
    name: "one limit",
    subjects: [sluiceRedis, ...fixedPeers, ...exactPeers, emptyScript],
    quick: first,
    run: checksOf(
      { work: "redis-c64", many: 64 },
      { work: "redis-c512", many: 512 },
      { work: "redis-c1", many: 1 },
    ),
  },
  {
    name: "each check alone",
    subjects: [sluiceAlone],
    quick: [],
    run: checksOf({ work: "redis-alone-c64", many: 64 }),
  },
  {
    name: "weighted",
    quick: [],
    subjects: [sluiceWeighted, ...weightedPeers],
    run: checksOf(
      { work: "redis-weighted-c64", many: 64, limit: tpm, costs: tokenCosts },
      { work: "redis-weighted-c1", many: 1, limit: tpm, costs: tokenCosts },
    ),
  },
  {
    name: "weighted, each check alone",
    quick: [],
    subjects: [sluiceWeightedAlone],
    run: checksOf({ work: "redis-weighted-alone-c64", many: 64, limit: tpm, costs: tokenCosts }),
  },
  {
    name: "three limits",
    subjects: [sluiceThree, ...threePeers],
    quick: [sluiceThree, ...threePeers.slice(0, 1)],
    run: checksOf({ work: "redis-limits3-c64", many: 64 }),
  },
  {
    name: "refusals",
    subjects: [sluiceRedis, rateLimiterFlexible, upstashRatelimit],
    quick: [sluiceRedis, rateLimiterFlexible],
    run: refusalsOf("redis-denied"),
  },
  {
    name: "refusals, cached",
    subjects: [sluiceDenyCache, rateLimiterFlexibleBlocking, upstashRatelimitBlocking],
    quick: [sluiceDenyCache, rateLimiterFlexibleBlocking],
    run: refusalsOf("redis-denied-cached", true),
  },
  {
    name: "a window of 1 and of 100",
    subjects: [sluiceRedis, ...fixedPeers, ...exactPeers],
    quick: first,
    rounds: 1,
    run: windowsOf({ "redis-window-1": 1, "redis-window-100": 100 }, [1]),
  },
  {
    name: "full window, weighted",
    subjects: [sluiceWeighted, ...weightedPeers],
    rounds: 1,
    run: windowsOf({ "redis-weighted-window-100": 100 }, tokenCosts),
  },
  {
    name: "hot key",
    subjects: [sluiceRedis],
    run: hotKeyOf({ work: "redis-hot-c1", many: 1 }, { work: "redis-hot-c64", many: 64 }),
  },
  {
    name: "hot key, leased",
    subjects: [sluiceLeased],
    run: hotKeyOf(
      { work: "redis-leased-c1", many: 1, isLocal: true },
      { work: "redis-leased", many: 64, isLocal: true },
    ),
  },
  { name: "fleet, leased", subjects: [sluiceLeased], rounds: 3, quick: [], run: fleetLeased },
];
