import { type ChargeOutcome, type Claim } from "@sluice/core";

import { type Answer, type BatchStore, conflictOf, outcomesOf, type Request } from "./batch.ts";
import type { RunScript } from "./client.ts";
import { type ExactOptions, exactStore } from "./exact.ts";
import { briefLeases } from "./slots/brief-claims.ts";
import { returns } from "./slots/give-back.ts";
import { type Group, groupsOf, isOneSlot } from "./slots/groups.ts";
import { decideInTurn } from "./slots/in-turn.ts";
import { mergeCharges, mergeOutcomes } from "./slots/merge.ts";
import { oneTime } from "./slots/one-time.ts";
import { partCalls } from "./slots/part-calls.ts";
import { patient } from "./slots/patient.ts";
import { refusers } from "./slots/refusers.ts";
import { type AtOnce, type Desk, reserveSlots } from "./slots/reserve-slots.ts";

/** What a store on a Cluster is made with. */
export interface SlotsOptions extends ExactOptions {
  /** Told of what stays charged although its request was refused or failed: the node that has it could not be reached. */
  readonly onStranded?: (claims: readonly Claim[], error: unknown) => void;
  /** For how long a count that refused is looked at before others are charged; default 1,000. */
  readonly lookFirstMs?: number;
}

/**
 * The exact store on a Cluster. What one slot counts, as all limits whose `per` begins with the same dimension do for a
 * subject, is decided in one call, as on one node. Over k slots:
 *
 * - A request takes k calls, one after the other, in the order of slots. When one refuses, those before it are given back exactly, which takes
 *   one more; what they held meanwhile may have refused others. Nothing is ever admitted that one of the limits has no room for. A count
 *   that refused within the last second is looked at first, in all slots side by side: most refusals then take one
 *   call and write nothing, and what is allowed takes one more.
 * - A process that dies in between leaves the parts charged that it had asked for. Of a check they count as any that were admitted, until they have
 *   left the window or drained. Those of a lease end at its deadline by the rule of each limit. The same happens to what cannot be
 *   given back within 2 s: `onStranded` is told.
 * - A lease has a part in every slot, under the one id. An id that comes again, and whose parts are not all there, is given those that are missing. So after a
 *   failure, when nobody knows, its parts stay for it: to ask again is safe.
 * - `extend` and `settle` go to all parts side by side, `adjust`, `block` and `reset` from slot to slot, as far as they get:
 *   after a failure some have done it, and to repeat `extend` or `adjust` charges those twice. When a count would get beyond the safe integers, the
 *   other slots have been charged nevertheless.
 * - Times are those of each node: waits are the longest, and `atMs` is the latest.
 *
 * A script that is turned away while its slot moves, or while a node is promoted, is asked again for up to 60 ms, behind what the client does by itself. While
 * keys of a slot are on their way, a script that needs a new key beside one that is there is turned away until all have
 * arrived: so is every request under a lease, and every one over several slots.
 */
export function slots(run: RunScript, options: SlotsOptions): BatchStore {
  const time = options.clock && oneTime(options.clock);
  const clock = time?.clock;
  const asking = patient(run);
  const timed = { ...options, clock };
  const exact = exactStore(asking, timed);
  const parts = partCalls(asking, timed);
  // Nobody asks for their ids again: they are forgotten at their deadline.
  const forgetful = { ...timed, rememberMs: 0 };
  const briefParts = partCalls(asking, forgetful);
  const stranded = (claims: readonly Claim[], error: unknown): void => {
    try {
      options.onStranded?.(claims, error);
    } catch {}
  };
  const desk: Desk = {
    exact,
    brief: exactStore(asking, forgetful),
    nextBrief: briefLeases(),
    returns: returns((claims, id) => parts.undo(claims, id), stranded),
    briefReturns: returns((claims, id) => briefParts.undo(claims, id), stranded),
    refusers: refusers(options.lookFirstMs ?? 1_000),
    // What is charged and given back may make a count remember longer what was charged before, where a limit's numbers change.
    looksFirst: options.writesLooks,
  };
  const begin = (): AtOnce => (time === undefined ? (call) => call() : time.begin());

  async function oneAfterTheOther(
    claims: readonly Claim[],
    call: (claims: readonly Claim[]) => Promise<ChargeOutcome>,
  ): Promise<ChargeOutcome> {
    const groups = groupsOf(claims);
    const atOnce = begin();
    const outcomes: ChargeOutcome[] = [];
    for (const group of groups) outcomes.push(await atOnce(() => call(group.claims)));
    return mergeCharges(groups, outcomes);
  }

  const reserveEach: BatchStore["reserveEach"] = async (requests) => {
    const atOnce = begin();
    const across = ({ claims, lease }: Request, groups: readonly Group[]): Promise<Answer> =>
      reserveSlots(desk, claims, groups, atOnce, lease).catch(conflictOf);
    return decideInTurn(requests, {
      together: (some) => atOnce(() => exact.reserveEach(some)),
      across,
    });
  };

  return {
    async reserve(claims, lease) {
      if (isOneSlot(claims)) return exact.reserve(claims, lease);
      return reserveSlots(desk, claims, groupsOf(claims), begin(), lease);
    },

    reserveMany: (batch) => outcomesOf({ reserveEach }, batch),
    reserveEach,

    async peek(claims) {
      if (isOneSlot(claims)) return exact.peek(claims);
      const groups = groupsOf(claims);
      const atOnce = begin();
      const looks = groups.map((group) => atOnce(() => exact.peek(group.claims)));
      return mergeOutcomes(groups, await Promise.all(looks));
    },

    async extend(claims, extension) {
      if (isOneSlot(claims)) return exact.extend(claims, extension);
      const groups = groupsOf(claims);
      const atOnce = begin();
      const { id, amounts } = extension;
      const outcomes = groups.map((group) =>
        atOnce(() => exact.extend(group.claims, { id, amounts: amountsOf(group, amounts) })),
      );
      return mergeCharges(groups, await allOf(outcomes));
    },

    async settle(claims, settlement) {
      if (isOneSlot(claims)) return exact.settle(claims, settlement);
      const groups = groupsOf(claims);
      const atOnce = begin();
      const { id, amounts, unreported } = settlement;
      const asked = groups.map((group) => {
        const own = { id, amounts: amountsOf(group, amounts), unreported };
        return atOnce(() => exact.settle(group.claims, own));
      });
      const outcomes = await allOf(asked);
      const isFree = outcomes.map(isUndone);
      if (unreported === "nothing" && isFree.includes(false)) {
        const undone = groups.filter((_, index) => isFree[index]);
        // Where this fails, the same id is a new request in that slot, and is charged there.
        await Promise.allSettled(
          undone.map((group) => atOnce(() => parts.keepEnded(group.claims, id))),
        );
      }
      return mergeCharges(groups, outcomes);
    },

    async adjust(claims, direction) {
      if (isOneSlot(claims)) return exact.adjust(claims, direction);
      return oneAfterTheOther(claims, (own) => exact.adjust(own, direction));
    },

    async block(claims, forMs) {
      if (isOneSlot(claims)) return exact.block(claims, forMs);
      return oneAfterTheOther(claims, (own) => exact.block(own, forMs));
    },

    async reset(claims) {
      if (isOneSlot(claims)) return exact.reset(claims);
      return oneAfterTheOther(claims, (own) => exact.reset(own));
    },
  };
}

function amountsOf(
  { places }: Group,
  amounts: readonly (number | undefined)[],
): (number | undefined)[] {
  return places.map((place) => amounts[place]);
}

/** Whether nothing is left of a part that has been settled. */
function isUndone({ applied, states }: ChargeOutcome): boolean {
  if (!applied) return false;
  for (let at = 0; at < states.length; at += 2) if (states[at] !== 0) return false;
  return true;
}

/** Waits for all, whatever fails. */
async function allOf<T>(asked: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
