import type { Answer, Request } from "../batch.ts";
import { commonSlot, type Group, groupsOf } from "./groups.ts";

/** How requests are decided on. */
export interface Deciders {
  /** Those of one slot. */
  readonly together: (requests: readonly Request[]) => Promise<readonly Answer[]>;
  /** One of several slots. */
  readonly across: (request: Request, groups: readonly Group[]) => Promise<Answer>;
}

/**
 * Decides on each of a batch as if one were asked after the other. What lies in one slot goes there in one call, slots side by side;
 * what lies in several waits for all before it in those slots, and is waited for.
 */
export async function decideInTurn(
  requests: readonly Request[],
  { together, across }: Deciders,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  /** What a slot does last. */
  const tails = new Map<number, Promise<void>>();
  /** What is to be sent to a slot in one call. */
  const open = new Map<number, number[]>();
  const begun: Promise<void>[] = [];

  /** Calls when the slots have done what they were asked before. */
  function then(slots: readonly number[], call: () => Promise<void>): void {
    const before = slots.flatMap((slot) => tails.get(slot) ?? []);
    const done = before.length === 0 ? call() : Promise.all(before).then(call);
    for (const slot of slots) tails.set(slot, done);
    begun.push(done);
  }

  function send(slot: number): void {
    const indices = open.get(slot);
    if (indices === undefined) return;
    open.delete(slot);
    then([slot], async () => {
      const own = await together(indices.map((index) => requests[index]!));
      for (const [at, index] of indices.entries()) answers[index] = own[at]!;
    });
  }

  for (const [index, request] of requests.entries()) {
    const { claims } = request;
    // A request without claims is as well anywhere.
    const slot = claims.length === 0 ? 0 : commonSlot(claims);
    if (slot !== undefined) {
      const indices = open.get(slot);
      if (indices === undefined) open.set(slot, [index]);
      else indices.push(index);
      continue;
    }
    const groups = groupsOf(claims);
    const slots = groups.map((group) => group.slot);
    for (const each of slots) send(each);
    then(slots, async () => {
      answers[index] = await across(request, groups);
    });
  }
  for (const slot of open.keys()) send(slot);
  for (const end of await Promise.allSettled(begun))
    if (end.status === "rejected") throw end.reason;
  return answers;
}
