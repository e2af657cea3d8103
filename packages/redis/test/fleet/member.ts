import { setTimeout as sleep } from "node:timers/promises";

import { slidingWindow } from "@sluice/core";
import { Redis } from "ioredis";

import { type SharedStore, shares } from "../../src/shares.ts";
import { bareStore } from "../bare-store.ts";
import type { Grant, Orders, Report } from "./fleet.ts";

// One process of a fleet: asks for more than there is, and tells all that it was granted.
const orders: Orders = JSON.parse(process.argv[2]!);
const {
  port,
  host,
  limit,
  windowMs,
  slice,
  ttlMs,
  perSecond,
  costs,
  stopMs,
  stores: count,
} = orders;
const terms = slidingWindow({ name: "hot", limit, window: windowMs, per: [] }).termsFor({});
const clients = Array.from({ length: count }, () => new Redis(port, host));
const stores = clients.map((client) =>
  shares(bareStore(client), { shares: new Map([["hot", { slice, ttlMs }]]) }),
);

/** The monotonic clock that all processes of a machine share. */
const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const grants: Grant[] = [];

async function request(store: SharedStore, cost: number): Promise<void> {
  const beforeMs = machineMs();
  const { verdict, atMs } = await store.reserve([{ terms, subject: "", cost }]);
  if (verdict === "allowed") grants.push([beforeMs, machineMs(), atMs, cost]);
}

await Promise.all(clients.map((client) => client.ping()));
process.send?.("ready");
const startMs = await new Promise<number>((resolve) => process.once("message", resolve));
await sleep(Math.max(0, startMs - machineMs()));
const pending: Promise<void>[] = [];
let sent = 0;
for (let now = machineMs(); now < startMs + stopMs; now = machineMs()) {
  for (const due = ((now - startMs) / 1_000) * perSecond; sent < due; sent++) {
    const cost = costs[Math.floor(sent / count) % costs.length]!;
    pending.push(request(stores[sent % count]!, cost));
  }
  await sleep(5);
}
await Promise.all(pending);
const counts = stores.map((store) => store.counts());
await Promise.all(stores.map((store) => store.giveBack()));
for (const client of clients) client.disconnect();
const report: Report = { grants, asked: sent, counts };
process.send?.(report, () => process.disconnect());
