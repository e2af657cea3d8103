import type { Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { fullSizes, quickSizes } from "./sizes.ts";
import { peers } from "./subjects/index.ts";
import { sluiceMemory } from "./subjects/sluice-memory.ts";
import { memoryTables } from "./summary.ts";

const peerNames = peers.map(({ name }) => name);

/** The store in this process's memory, beside what is used today. */
export const memorySuite: Suite = {
  name: "memory",
  own: sluiceMemory.name,
  peers: peerNames,
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core", ...peerNames],
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  tables: memoryTables,
};
