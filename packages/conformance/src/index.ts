import { describe } from "vitest";

import { aborts } from "./behaviours/aborts.ts";
import { addresses } from "./behaviours/addresses.ts";
import { clients } from "./behaviours/clients.ts";
import { composition } from "./behaviours/composition.ts";
import { decisions } from "./behaviours/decisions.ts";
import { failures } from "./behaviours/failures.ts";
import { headers } from "./behaviours/headers.ts";
import { ids } from "./behaviours/ids.ts";
import { metering } from "./behaviours/metering.ts";
import { reports } from "./behaviours/reports.ts";
import { streams } from "./behaviours/streams.ts";
import { waiting } from "./behaviours/waiting.ts";
import { wire } from "./behaviours/wire.ts";
import type { Framework } from "./framework.ts";

export { type ModelCall, type ModelServer, startModelServer } from "./model-server.ts";
export type { App, Call, Framework, Handler, Layer, Reply, Served } from "./framework.ts";

/** Runs, as tests of vitest, every behaviour that an adapter owes against real servers of `framework`. */
export function conformance<Req>(framework: Framework<Req>): void {
  describe(`on ${framework.name}`, { timeout: 30_000 }, () => {
    decisions(framework);
    headers(framework);
    ids(framework);
    wire(framework);
    composition(framework);
    waiting(framework);
    streams(framework);
    failures(framework);
    addresses(framework);
    metering(framework);
    reports(framework);
    aborts(framework);
    clients(framework);
  });
}
