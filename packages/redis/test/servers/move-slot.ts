import type { Redis } from "ioredis";

import { ask, withClient } from "./ask.ts";
import type { Address } from "./port.ts";

export interface MoveOptions {
  /** Keys that are moved at once, default 10: the servers answer nobody meanwhile. */
  readonly batch?: number;
  /** Called before each batch, and before the slot changes hands: here it is in two places, and clients are told ASK. */
  readonly between?: () => Promise<void>;
}

interface Move {
  readonly from: Address;
  readonly to: Address;
  readonly others: readonly Address[];
}

/** Moves a slot from one master to another while it is in use, as `redis-cli --cluster reshard` does. */
export async function moveSlot(
  slot: number,
  { from, to, others }: Move,
  { batch = 10, between = async () => {} }: MoveOptions,
): Promise<void> {
  const [fromId, toId] = await Promise.all([idOf(from), idOf(to)]);
  await setSlot(to, slot, "IMPORTING", fromId);
  await setSlot(from, slot, "MIGRATING", toId);
  const move = async (source: Redis): Promise<void> => {
    for (;;) {
      await between();
      const keys = await source.cluster("GETKEYSINSLOT", slot, batch);
      if (keys.length === 0) return;
      await source.call("MIGRATE", to.host, to.port, "", 0, 10_000, "KEYS", ...keys);
    }
  };
  await withClient(from, move, 30_000);
  // The new owner first: one that is told of it and has not yet taken the slot would send clients away in circles.
  await setSlot(to, slot, "NODE", toId);
  await setSlot(from, slot, "NODE", toId);
  const rest = others.filter((other) => other !== from && other !== to);
  // The others would hear of it anyway, and replicas take no such command.
  await Promise.allSettled(rest.map(async (other) => setSlot(other, slot, "NODE", toId)));
}

async function setSlot(at: Address, slot: number, state: string, id: string): Promise<void> {
  await ask(at, "CLUSTER", "SETSLOT", slot, state, id);
}

async function idOf(at: Address): Promise<string> {
  return String(await ask(at, "CLUSTER", "MYID"));
}
