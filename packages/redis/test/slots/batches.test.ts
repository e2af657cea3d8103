import { expect, it, vi } from "vitest";

import { playBatches } from "../batches.ts";
import { slotStores, withCluster } from "./cluster-world.ts";

vi.setConfig({ testTimeout: 600_000 });

// SLUICE_BATCHES=5000 for a long comparison; SLUICE_SEED for another one.
const batches = Number(process.env["SLUICE_BATCHES"] ?? 300);
const seed = Number(process.env["SLUICE_SEED"] ?? 1);
const world = withCluster();

it.each([
  ["each in one slot", false],
  ["many in several", true],
])("decides on batches as on one request after the other, %s", async (_, mixes) => {
  const tenants = ["foo", "bar", "hello"];
  const came = await playBatches(slotStores(world.client), { seed, batches, tenants, mixes });
  for (const name of ["allowed", "lease: replayed", "lease: id-conflict"]) {
    expect([name, came[name] ?? 0]).not.toEqual([name, 0]);
  }
});
