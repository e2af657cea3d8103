import { loadNative } from "@sluice/core-native";

import { fullSizes, quickSizes } from "../memory/sizes.ts";
import { sluiceMemory } from "../memory/subjects/sluice-memory.ts";
import { sluiceNative } from "../memory/subjects/sluice-native.ts";
import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { subjects } from "./subjects.ts";
import { nativeTables } from "./summary.ts";

/** The store in Rust, beside the one in TypeScript. */
export const nativeSuite: Suite = {
  name: "native",
  own: sluiceNative.name,
  peers: [sluiceMemory.name],
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core", "@sluice/core-native"],
  promises: promisesOf(subjects),
  quickly: "250,000 keys stand for the million, fewer calls",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  missing: () =>
    loadNative() === undefined ? "there is no binary of it for this machine" : undefined,
  tables: nativeTables,
};
