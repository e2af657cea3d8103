import { promisesOf, type Suite } from "../suite.ts";
import { goals } from "./goals.ts";
import { jobs } from "./jobs/index.ts";
import { startServer } from "./server.ts";
import { fullSizes, quickSizes } from "./sizes.ts";
import { emptyScript } from "./subjects/empty-script.ts";
import { exactPeers, fixedPeers } from "./subjects/index.ts";
import { sluiceRedis } from "./subjects/sluice-redis.ts";
import { redisTables } from "./summary.ts";

const all = [sluiceRedis, ...fixedPeers, ...exactPeers, emptyScript];
const packages = fixedPeers.map(({ name }) => name);

/** The store on a Redis server of its own, beside what is used today, all over ioredis with its own defaults. */
export const redisSuite: Suite = {
  name: "redis",
  own: sluiceRedis.name,
  peers: [...packages, ...exactPeers.map(({ name }) => name)],
  measure: new URL("measure.ts", import.meta.url),
  jobs,
  goals,
  packages: ["@sluice/core", "@sluice/redis", "ioredis", ...packages],
  promises: promisesOf(all),
  quickly: "fewer keys and checks, some of the peers; no weighted checks, no fleet",
  sizes: (quick) => (quick ? quickSizes : fullSizes),
  async open() {
    const server = await startServer();
    return { told: { port: server.port }, close: () => server.close() };
  },
  tables: redisTables,
};
