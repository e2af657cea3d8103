import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { fullSizes, quickSizes } from "./sizes.ts";
import { peers, sluice } from "./subjects.ts";
import { fetchTables } from "./summary.ts";

const peerNames = peers.map(({ name }) => name);

/** The fetch for clients, beside the plain one and what is used today. */
export const fetchSuite: Suite = {
  name: "fetch",
  own: sluice.name,
  peers: peerNames,
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/client-fetch", "@sluice/core", ...peerNames],
  promises: promisesOf([sluice, ...peers]),
  quickly: "fewer and shorter bursts, some of the peers",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  tables: fetchTables,
};
