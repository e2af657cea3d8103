import type { Load, LoadRequest } from "./load/load.ts";

const limitUnits = {
  rpm: "requests",
  tpm: "tokens",
  inflight: "inflight",
  "key-tpm": "tokens",
} as const;
type LimitName = keyof typeof limitUnits;

/** The limits of the demo; the last is the key's, which all tenants share. */
export const limitNames: readonly string[] = Object.keys(limitUnits);

/** One limit for one tenant, as the gateway is told and the ledger checks it. */
export interface PlannedLimit {
  readonly name: LimitName;
  readonly unit: (typeof limitUnits)[LimitName];
  readonly capacity: number;
  /** Of real time; 0 for a limit on what is in flight. */
  readonly windowMs: number;
}

/** What a run is about, known to every process before it starts. */
export interface Plan {
  readonly speed: number;
  /** A recorded minute, of real time. */
  readonly windowMs: number;
  /** The limits that each tenant has of its own. */
  readonly tenants: Readonly<Record<string, readonly PlannedLimit[]>>;
  /** The limits of the key that all tenants share. */
  readonly shared: readonly PlannedLimit[];
  /** How long a lease lives without a sign of life, of real time. */
  readonly expiresAfterMs: number;
}

/** Stands for all tenants together where a shared limit is named with its tenant. */
export const everyone = "*";

/** What a request asks the model to generate at most. */
export const maxTokens = 1024;

/** How long the stand-in takes, at recorded speed. */
export const pace = {
  /** To the first token: a base and so much for each token of the prompt. */
  firstTokenMs: 200,
  perContextTokenMs: 0.2,
  perTokenMs: 30,
} as const;

/** How long the stand-in takes for an answer, at recorded speed. */
export function answerMs(contextTokens: number, generatedTokens: number): number {
  return (
    pace.firstTokenMs + contextTokens * pace.perContextTokenMs + generatedTokens * pace.perTokenMs
  );
}

/** How often more is asked of the default limits than they allow. */
const overload = 3.5;
/** What of its tenants' tokens the shared key allows. */
const keyShare = 0.8;
/** A lease lives at least this long: a busy machine is late by its own clock, however fast the replay. */
const shortestLeaseMs = 30_000;

/** The plan for `load`: given limits, and for the rest a share of each tenant's demand, but room for its largest request. */
export function planOf(load: Load, given: Readonly<Record<string, number>>, speed: number): Plan {
  const windowMs = Math.max(1, Math.round(60_000 / speed));
  const tenants: Record<string, PlannedLimit[]> = {};
  let tokens = 0;
  for (const tenant of tenantsOf(load)) {
    const requests = load.requests.filter((request) => request.tenant === tenant);
    const demand = demandOf(requests);
    const capacities = {
      rpm: given["rpm"] ?? share(demand.requests),
      tpm: given["tpm"] ?? Math.max(share(demand.tokens), roomFor(requests)),
      // Its mean demand: bursts are cut, the rates stay what limits most.
      inflight: given["inflight"] ?? Math.ceil(demand.inflight) + 1,
    };
    tokens += capacities.tpm;
    tenants[tenant] = [
      limitOf("rpm", capacities.rpm, windowMs),
      limitOf("tpm", capacities.tpm, windowMs),
      limitOf("inflight", capacities.inflight, 0),
    ];
  }
  const capacity =
    given["key-tpm"] ?? Math.max(Math.round(tokens * keyShare), roomFor(load.requests));
  return {
    speed,
    windowMs,
    tenants,
    shared: [limitOf("key-tpm", capacity, windowMs)],
    expiresAfterMs: Math.max(shortestLeaseMs, Math.round(300_000 / speed)),
  };
}

function limitOf(name: LimitName, capacity: number, windowMs: number): PlannedLimit {
  return { name, unit: limitUnits[name], capacity, windowMs };
}

/** The tenants of a load, by name. */
export function tenantsOf(load: Load): string[] {
  return [...new Set(load.requests.map(({ tenant }) => tenant))].toSorted();
}

/** The tokens of the longest prompt. */
export function longestPrompt(requests: readonly LoadRequest[]): number {
  return requests.reduce((most, { contextTokens }) => Math.max(most, contextTokens), 0);
}

/** What requests would take of each limit if there were none: in a recorded minute, or at one time. */
function demandOf(
  requests: readonly LoadRequest[],
): Record<"requests" | "tokens" | "inflight", number> {
  const minutes = Math.max(1, ((requests.at(-1)?.atMs ?? 0) - (requests[0]?.atMs ?? 0)) / 60_000);
  let tokens = 0;
  let busyMs = 0;
  for (const { contextTokens, generatedTokens } of requests) {
    tokens += contextTokens + generatedTokens;
    busyMs += answerMs(contextTokens, generatedTokens);
  }
  return {
    requests: requests.length / minutes,
    tokens: tokens / minutes,
    inflight: busyMs / (minutes * 60_000),
  };
}

/** Twice the largest reservation of `requests`, so that each of them fits at some time. */
function roomFor(requests: readonly LoadRequest[]): number {
  return 2 * (longestPrompt(requests) + maxTokens);
}

function share(demand: number): number {
  return Math.max(1, Math.floor(demand / overload));
}
