import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs, type Sizes } from "./jobs.ts";
import { tokensTables } from "./summary.ts";
import { reserveExtend, ways } from "./ways.ts";

// The recorded traces are two minutes short of an hour.
const fullSizes: Sizes = { durationMs: 3_480_000 };
const quickSizes: Sizes = { durationMs: 1_200_000 };

/** Ways to charge tokens of answers whose length nobody knows beforehand, all through Sluice's limiter, in simulated time. */
export const tokensSuite: Suite = {
  name: "tokens",
  own: reserveExtend.name,
  peers: ways.slice(1).map(({ name }) => name),
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core"],
  promises: promisesOf(ways),
  quickly: "the first 20 minutes of each load",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  tables: tokensTables,
};
