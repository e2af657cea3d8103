import type { Job } from "../job.ts";
import { emptyScript } from "../subjects/empty-script.ts";
import { exactPeers, fixedPeers, threePeers, weightedPeers } from "../subjects/index.ts";
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
import { checksOf } from "./checks.ts";
import { fleetLeased } from "./fleet.ts";
import { fullWindowOf } from "./full-window.ts";
import { hotKeyOf } from "./hot-key.ts";
import { refusalsOf } from "./refusals.ts";

/** Costs as of prompts: each between 1 and 2,000. */
const tokens = [412, 1_750, 88, 1_203, 640, 1_999, 7, 951];
const tpm = 100 * 1_250;

/** All that the Redis suite measures. */
export const jobs: readonly Job[] = [
  {
    name: "one limit",
    subjects: [sluiceRedis, ...fixedPeers, ...exactPeers, emptyScript],
    run: checksOf(
      { work: "one-limit-64", many: 64 },
      { work: "one-limit-512", many: 512 },
      { work: "one-limit-1", many: 1 },
    ),
  },
  {
    name: "each check alone",
    subjects: [sluiceAlone],
    run: checksOf({ work: "each-alone-64", many: 64 }),
  },
  {
    name: "weighted",
    subjects: [sluiceWeighted, ...weightedPeers],
    run: checksOf(
      { work: "weighted-64", many: 64, limit: tpm, costs: tokens },
      { work: "weighted-1", many: 1, limit: tpm, costs: tokens },
    ),
  },
  {
    name: "weighted, each check alone",
    subjects: [sluiceWeightedAlone],
    run: checksOf({ work: "weighted-alone-64", many: 64, limit: tpm, costs: tokens }),
  },
  {
    name: "three limits",
    subjects: [sluiceThree, ...threePeers],
    run: checksOf({ work: "three-limits-64", many: 64 }),
  },
  {
    name: "refusals",
    subjects: [sluiceRedis, rateLimiterFlexible],
    run: refusalsOf("refused-64"),
  },
  {
    name: "refusals, cached",
    subjects: [sluiceDenyCache, rateLimiterFlexibleBlocking],
    run: refusalsOf("refused-cached-64", true),
  },
  {
    name: "full window",
    subjects: [sluiceRedis, ...exactPeers],
    once: true,
    run: fullWindowOf("full-window", [1]),
  },
  {
    name: "full window, weighted",
    subjects: [sluiceWeighted, ...weightedPeers],
    once: true,
    run: fullWindowOf("full-weighted-window", tokens),
  },
  {
    name: "hot key",
    subjects: [sluiceRedis],
    run: hotKeyOf({ work: "hot-1", many: 1 }, { work: "hot-64", many: 64 }),
  },
  {
    name: "hot key, leased",
    subjects: [sluiceLeased],
    run: hotKeyOf(
      { work: "hot-leased-1", many: 1, isLocal: true },
      { work: "hot-leased-64", many: 64, isLocal: true },
    ),
  },
  { name: "fleet, leased", subjects: [sluiceLeased], run: fleetLeased },
];
