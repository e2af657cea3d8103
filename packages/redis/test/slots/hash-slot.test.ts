import { slidingWindow } from "@sluice/core";
import { Cluster } from "ioredis";
import { Cluster as ValkeyCluster, Redis as Valkey } from "iovalkey";
import { createClient, createCluster } from "redis";
import { expect, it } from "vitest";

import { groupsOf, isOneSlot } from "../../src/slots/groups.ts";
import { hashSlot } from "../../src/slots/hash-slot.ts";
import { isCluster } from "../../src/slots/is-cluster.ts";
import { claimOf } from "../claims.ts";

// The first is the check value of the Cluster specification, the others are what `CLUSTER KEYSLOT` answers.
it.each([
  ["123456789", 12_739],
  ["foo", 12_182],
  ["bar", 5_061],
  ["hello", 866],
  ["*", 1_320],
])("has keys tagged %s in slot %i", (tag, slot) => {
  expect(hashSlot(tag)).toBe(slot);
});

it("puts the claims of one slot into one group, and the lowest slot first", () => {
  const per = ["tenant"];
  const limit = slidingWindow({ name: "rpm", limit: 1, window: 1, per });
  const all = slidingWindow({ name: "all", limit: 1, window: 1, per: [] });
  const perModel = slidingWindow({ name: "model", limit: 1, window: 1, per: ["tenant", "model"] });
  const model = { terms: perModel.termsFor({}), subject: "3:foo|5:small|", cost: 1 };
  const claims = [claimOf(limit, 1, "foo"), claimOf(limit, 1, "hello"), claimOf(all), model];
  const groups = groupsOf(claims);
  expect(groups.map(({ slot, places }) => [slot, places])).toEqual([
    [866, [1]],
    [1_320, [2]],
    [12_182, [0, 3]],
  ]);
  expect(isOneSlot(claims)).toBe(false);
  expect(isOneSlot([claims[0]!, model])).toBe(true);
  // Other names, the same slot.
  const [one, other] = sameSlot();
  expect(isOneSlot([claimOf(limit, 1, one), claimOf(limit, 1, other)])).toBe(true);
});

it("knows the clients of a Cluster from others", async () => {
  const nodes = [{ host: "127.0.0.1", port: 1 }];
  const clients = [
    new Cluster(nodes, { lazyConnect: true }),
    new ValkeyCluster(nodes, { lazyConnect: true }),
    createCluster({ rootNodes: [{ url: "redis://127.0.0.1:1" }] }),
    new Valkey({ lazyConnect: true }),
    createClient(),
  ];
  expect(clients.map(isCluster)).toEqual([true, true, true, false, false]);
});

function sameSlot(): [string, string] {
  const names = new Map<number, string>();
  for (let number = 0; ; number++) {
    const name = `tenant-${number}`;
    const other = names.get(hashSlot(name));
    if (other !== undefined) return [other, name];
    names.set(hashSlot(name), name);
  }
}
