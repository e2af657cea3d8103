import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { fullSizes, quickSizes } from "./sizes.ts";
import { peers, sluice } from "./subjects.ts";
import { httpTables } from "./summary.ts";

const peerNames = Object.values(peers).map(({ name }) => name);

/** The middleware in a server, beside the same server without it, and beside what is used today. */
export const httpSuite: Suite = {
  name: "http",
  own: sluice.name,
  peers: peerNames,
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core", "express", "fastify", "hono", "@hono/node-server", ...peerNames],
  promises: promisesOf([sluice, ...Object.values(peers)]),
  quickly:
    "two pairs of shorter bursts a round on servers that are not warm yet, no Fastify, no metered stream",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  tables: httpTables,
};
