import { type Claim, steadyClock } from "@sluice/core";
import type { MakeStore } from "@sluice/core/testing";
import { Cluster } from "ioredis";
import { afterAll, beforeAll } from "vitest";

import type { BatchStore } from "../../src/batch.ts";
import { scriptRunner } from "../../src/client.ts";
import type { SlotsOptions } from "../../src/slots.ts";
import { isOneSlot } from "../../src/slots/groups.ts";
import { type RedisCluster, startCluster } from "../servers/cluster.ts";
import { slotStore } from "./slot-store.ts";

/** A Cluster for the tests of one file. */
export interface ClusterWorld {
  readonly cluster: RedisCluster;
  readonly client: Cluster;
  /** Another client that ends with the tests. */
  connect(): Cluster;
}

/** Starts a Cluster before the tests of a file, and stops it after them. */
export function withCluster(): ClusterWorld {
  let cluster: RedisCluster | undefined;
  const clients: Cluster[] = [];
  const connect = (): Cluster => {
    const client = new Cluster([...cluster!.nodes]);
    client.on("error", () => {});
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    cluster = await startCluster();
    connect();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await cluster?.stop();
  });
  return {
    get cluster() {
      return cluster!;
    },
    get client() {
      return clients[0]!;
    },
    connect,
  };
}

/** How many operations a store was asked for, and how many of them were on several slots. */
export interface Spans {
  all: number;
  several: number;
}

let made = 0;

/** Makes stores by a clock of a test, each under a prefix of its own; counts in `spans`. */
export function slotStores(
  client: Cluster,
  spans: Spans = { all: 0, several: 0 },
  options: Partial<SlotsOptions> = { writesLooks: true },
): MakeStore {
  return (clock, rememberMs) => {
    const own = { prefix: `store-${made++}:`, clock: steadyClock(clock), rememberMs };
    return counting(slotStore(scriptRunner(client), { ...own, ...options }), spans);
  };
}

function counting(store: BatchStore, spans: Spans): BatchStore {
  const count = (claims: readonly Claim[]): void => {
    spans.all++;
    if (!isOneSlot(claims)) spans.several++;
  };
  return {
    reserve(claims, lease) {
      count(claims);
      return store.reserve(claims, lease);
    },
    reserveMany(batch) {
      for (const claims of batch) count(claims);
      return store.reserveMany(batch);
    },
    reserveEach(requests) {
      for (const { claims } of requests) count(claims);
      return store.reserveEach(requests);
    },
    peek(claims) {
      count(claims);
      return store.peek(claims);
    },
    extend(claims, extension) {
      count(claims);
      return store.extend(claims, extension);
    },
    settle(claims, settlement) {
      count(claims);
      return store.settle(claims, settlement);
    },
    adjust(claims, direction) {
      count(claims);
      return store.adjust(claims, direction);
    },
    block(claims, forMs) {
      count(claims);
      return store.block(claims, forMs);
    },
    reset(claims) {
      count(claims);
      return store.reset(claims);
    },
  };
}
