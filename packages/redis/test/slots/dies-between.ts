// A process that is killed when it has charged the first of two slots: its arguments are the orders.
import { createLimiter } from "@sluice/core";
import { Cluster } from "ioredis";

import { type RunScript, scriptRunner } from "../../src/client.ts";
import { reserveScript } from "../../src/scripts.generated.ts";
import { limitsOfCrash } from "./crash-limits.ts";
import { slotStore } from "./slot-store.ts";

const [nodes = "[]", prefix = "", verb = ""] = process.argv.slice(2);
const client = new Cluster(JSON.parse(nodes));
let charged = 0;
const run: RunScript = async (script, keys, args) => {
  if (script === reserveScript && charged++ === 1) process.kill(process.pid, "SIGKILL");
  return scriptRunner(client)(script, keys, args);
};
const limiter = createLimiter({ limits: limitsOfCrash, store: slotStore(run, { prefix }) });
const subject = { tenant: "foo" };
if (verb === "check") await limiter.check(subject, { requests: 1, tokens: 50 });
else await limiter.reserve(subject, { requests: 1, tokens: 50 }, { deadline: "3s" });
