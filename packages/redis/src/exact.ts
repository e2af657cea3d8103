import { randomUUID } from "node:crypto";

import type {
  ChargeOutcome,
  Claim,
  Clock,
  Extension,
  LeaseRequest,
  Outcome,
  Settlement,
} from "@sluice/core";

import { type Answer, type BatchStore, conflictOf, outcomesOf, type Request } from "./batch.ts";
import { ruleCodes, termsArguments } from "./claims.ts";
import type { RunScript, Script } from "./client.ts";
import { countKeys, leaseKey, onceKey } from "./keys.ts";
import { periodCache, type PeriodsOf, serverTime } from "./periods.ts";
import { answersOf, askedAgainAt, chargeOf, integersOf, outcomeOf } from "./replies.ts";
import {
  adjustScript,
  batchScript,
  blockScript,
  chargeScript,
  checkScript,
  peekScript,
  reserveScript,
  resetScript,
} from "./scripts.generated.ts";

/** What an exact store is made with. */
export interface ExactOptions {
  /** In front of every key. */
  readonly prefix: string;
  /** Tells the time instead of the server, and never steps back. Keys then live for two hours after they were written. */
  readonly clock: Clock | undefined;
  /** How long a lease that has ended is remembered. */
  readonly rememberMs: number;
  /**
   * Whether a look that charges nothing is written when it finds that something has left. It makes a difference only when a limit's numbers
   * change afterwards: what had left then does not come back, and what had drained had done so at the old rate. Without it refusals write nothing.
   */
  readonly writesLooks: boolean;
}

const birthRange = 2 ** 48;
const mostAttempts = 5;
const unreportedCodes: Readonly<Record<Settlement["unreported"], string>> = {
  estimate: "0",
  nothing: "1",
  expiry: "2",
};

/** The exact store: each verb is one script, on one node. The keys of a call must lie in one slot where the node is one of a Cluster. */
export function exactStore(run: RunScript, options: ExactOptions): BatchStore {
  const { prefix, clock, rememberMs, writesLooks } = options;
  const remember = String(rememberMs);
  const looks = writesLooks ? "1" : "0";
  const periodsOf = periodCache();
  const server = serverTime();

  /** Runs a script; `rest` appends its arguments behind those that all have. */
  async function ask(
    script: Script,
    keys: readonly string[],
    rest: (args: string[], periods: PeriodsOf) => void,
  ): Promise<readonly number[]> {
    const now = clock?.();
    let estimate = now ?? server.tell();
    for (let attempt = 1; ; attempt++) {
      const birth = Math.floor(Math.random() * birthRange);
      const args = [now === undefined ? "" : String(now), String(birth), looks];
      const estimateMs = estimate;
      rest(args, (periodEndMs) => periodsOf(periodEndMs, estimateMs));
      const numbers = integersOf(await run(script, keys, args));
      const atMs = askedAgainAt(numbers);
      if (now === undefined) server.hear(numbers[1]!);
      if (atMs === undefined || attempt === mostAttempts) return numbers;
      estimate = atMs;
    }
  }

  /** Runs a script on claims; `own` are its arguments before those of the claims, `more` those behind the ones of each. */
  const askOf = (
    script: Script,
    keys: readonly string[],
    claims: readonly Claim[],
    own: readonly string[] = [],
    more?: (claim: Claim, index: number) => readonly string[],
  ): Promise<readonly number[]> =>
    ask(script, keys, (args, periods) => {
      args.push(...own);
      for (const [index, claim] of claims.entries()) {
        termsArguments(args, claim.terms, periods);
        args.push(String(claim.cost));
        if (more !== undefined) args.push(...more(claim, index));
      }
    });

  const keysOf = (claims: readonly Claim[]): string[] => countKeys(prefix, claims);

  const leaseKeysOf = (claims: readonly Claim[], id: string): string[] => [
    leaseKey(prefix, claims, id),
    ...keysOf(claims),
  ];

  async function decide(script: Script, claims: readonly Claim[]): Promise<Outcome> {
    return outcomeOf(await askOf(script, keysOf(claims), claims), claims.length);
  }

  async function charge(
    script: Script,
    claims: readonly Claim[],
    ...own: readonly string[]
  ): Promise<ChargeOutcome> {
    return chargeOf(await askOf(script, keysOf(claims), claims, own), claims.length);
  }

  /** Once, also where the client sends it again as its connection was cut: a second time would give back what others were charged. */
  async function refund(claims: readonly Claim[]): Promise<ChargeOutcome> {
    const keys = [...keysOf(claims), onceKey(prefix, claims, randomUUID())];
    return chargeOf(await askOf(adjustScript, keys, claims, ["1"]), claims.length);
  }

  async function chargeLease(
    claims: readonly Claim[],
    { id, amounts }: Extension,
    ...own: readonly string[]
  ): Promise<ChargeOutcome> {
    const more = (claim: Claim, index: number): string[] => [
      ...ruleOf(claim),
      String(amounts[index] ?? -1),
    ];
    const keys = leaseKeysOf(claims, id);
    return chargeOf(
      await askOf(chargeScript, keys, claims, [remember, ...own], more),
      claims.length,
    );
  }

  const lifetimeOf = ({ expiresAfterMs, repeatable }: LeaseRequest): string[] => [
    String(expiresAfterMs),
    repeatable ? "1" : "0",
    // Two more: a server may reckon it from a little before the script's time.
    String(expiresAfterMs + rememberMs + 2),
  ];

  async function reserve(claims: readonly Claim[], lease?: LeaseRequest): Promise<Outcome> {
    if (lease === undefined) return decide(checkScript, claims);
    const own = [remember, ...lifetimeOf(lease)];
    const keys = leaseKeysOf(claims, lease.id);
    const numbers = await askOf(reserveScript, keys, claims, own, ruleOf);
    return outcomeOf(numbers, claims.length);
  }

  async function reserveEach(requests: readonly Request[]): Promise<readonly Answer[]> {
    if (requests.length === 0) return [];
    if (requests.length === 1) {
      const { claims, lease } = requests[0]!;
      return [await reserve(claims, lease).catch(conflictOf)];
    }
    const places = new Map<string, string>();
    const terms = new Map<Claim["terms"], string>();
    const lifetimes = new Map<string, string>();
    const parts: string[] = [];
    for (const { claims, lease } of requests) {
      if (lease === undefined) parts.push(String(claims.length));
      else {
        const lifetime = placeOf(lifetimes, lifetimeOf(lease).join());
        parts.push(
          String(-claims.length),
          placeOf(places, leaseKey(prefix, claims, lease.id)),
          lifetime,
        );
      }
      for (const [index, key] of countKeys(prefix, claims).entries()) {
        const claim = claims[index]!;
        parts.push(placeOf(places, key), placeOf(terms, claim.terms), String(claim.cost));
      }
    }
    const numbers = await ask(batchScript, [...places.keys()], (args, periods) => {
      args.push(String(terms.size), String(lifetimes.size), remember);
      for (const each of terms.keys()) {
        termsArguments(args, each, periods);
        args.push(ruleCodes[each.onExpiry]);
      }
      for (const each of lifetimes.keys()) args.push(...each.split(","));
      for (const part of parts) args.push(part);
    });
    return answersOf(numbers, requests);
  }

  return {
    reserve,
    reserveMany: (batch) => outcomesOf({ reserveEach }, batch),
    reserveEach,

    peek: (claims) => decide(peekScript, claims),

    extend: (claims, extension) => chargeLease(claims, extension, "0", "0"),

    settle: (claims, settlement) =>
      chargeLease(claims, settlement, "1", unreportedCodes[settlement.unreported]),

    adjust: (claims, direction) =>
      direction === "refund" ? refund(claims) : charge(adjustScript, claims, "0"),

    block: (claims, forMs) => charge(blockScript, claims, String(forMs)),

    reset: (claims) => charge(resetScript, claims),
  };
}

function ruleOf({ terms }: Claim): string[] {
  return [ruleCodes[terms.onExpiry]];
}

/** Where `key` stands among the keys of `places`, from 1 on; put behind the others if it does not. */
function placeOf<T>(places: Map<T, string>, key: T): string {
  const known = places.get(key);
  if (known !== undefined) return known;
  const place = String(places.size + 1);
  places.set(key, place);
  return place;
}
