import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { fullSizes, quickSizes } from "./sizes.ts";
import { fewKeysSubjects } from "./subjects/index.ts";
import { sluiceMemory } from "./subjects/sluice-memory.ts";
import { memoryTables } from "./summary.ts";

const peerNames = fewKeysSubjects.slice(1).map(({ name }) => name);

/** The store in this process's memory, beside what is used today. */
export const memorySuite: Suite = {
  name: "memory",
  own: sluiceMemory.name,
  peers: peerNames,
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core", ...peerNames],
  promises: promisesOf(fewKeysSubjects),
  quickly:
    "250,000 keys stand for the million, some of the peers; no threads, no objects on the heap, no key of 3 entries",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  tables: memoryTables,
};
