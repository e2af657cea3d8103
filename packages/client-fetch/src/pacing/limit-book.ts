import type { Allowance } from "../hints/hint.ts";
import { createLearned } from "./learned.ts";
import type { KnownLimit, Unit } from "./limits.ts";
import type { ProviderRules } from "./providers.ts";

/** A limit, and the part of it that is used, where the provider refuses more than it says. */
interface BookedLimit extends KnownLimit {
  readonly factor: number;
}

/** What is known of the limits of one lane. */
export interface LimitBook {
  limits(): readonly BookedLimit[];
  /** A call of so many tokens, sent `sentAtMs`, came back. Each of these answers whether the limits are others now. */
  answered(answer: Answered): boolean;
  /** Takes notice of the time. `isPressed`: more wants to go than may. */
  grow(nowMs: number, isPressed: boolean): boolean;
}

/** Whether a call was let through, or refused for its rate; or neither can be said. */
export type Verdict = "accepted" | "refused" | "other";

/** What the head of an answer tells of limits. */
interface Answered {
  readonly nowMs: number;
  readonly sentAtMs: number;
  readonly verdict: Verdict;
  readonly allowances: readonly Allowance[];
  readonly charge: Readonly<Record<Unit, number>>;
}

const leastFactor = 0.5;
const passingMs = 120_000;
// Of a minute, and told apart from the limit of a minute that a header tells.
const learnedWindowMs = 60_001;

/** A book that begins with `given`. */
export function createLimitBook(
  given: readonly KnownLimit[],
  provider: ProviderRules,
  utilization: number,
): LimitBook {
  const known = new Map<string, { limit: KnownLimit; factor: number }>();
  const learned = createLearned();
  let cutAtMs = -Infinity;
  let unexplainedAtMs = -Infinity;
  let tellsRequests = false;
  for (const limit of given) known.set(idOf(limit.unit, limit.windowMs), { limit, factor: 1 });

  /** Whether a refusal that nothing explains is the first in a while, of a provider that tells how many requests it takes: there need be no other limit. */
  function isPassing(nowMs: number, sentAtMs: number): boolean {
    if (!tellsRequests || learned.limitOf("requests") !== undefined) return false;
    if (sentAtMs <= unexplainedAtMs) return true;
    const isFirst = nowMs - unexplainedAtMs > passingMs;
    unexplainedAtMs = nowMs;
    return isFirst;
  }

  /** Whether the limit is another now. */
  function note(unit: Unit, windowMs: number, limit: number): boolean {
    const id = idOf(unit, windowMs);
    const before = known.get(id);
    if (before?.limit.limit === limit) return false;
    known.set(id, { limit: { unit, windowMs, limit }, factor: before?.factor ?? 1 });
    tellsRequests ||= unit === "requests" && windowMs <= 60_000;
    return true;
  }

  function learnedLimit(unit: Unit, limit: number, part: number): BookedLimit {
    return { unit, windowMs: learnedWindowMs, limit, factor: part / utilization };
  }

  return {
    limits() {
      const limits: BookedLimit[] = Array.from(known.values(), ({ limit, factor }) => ({
        ...limit,
        factor,
      }));
      const requests = learned.limitOf("requests");
      const tokens = learned.limitOf("tokens");
      // Measured, and tried again and again: it needs less room for error than what a header tells.
      if (requests !== undefined) limits.push(learnedLimit("requests", requests, 0.97));
      // Loose, for when calls get larger: as tight as the other, each would hold the other back.
      if (tokens !== undefined && tokens !== Infinity) {
        limits.push(learnedLimit("tokens", tokens, 1.15));
      }
      return limits;
    },
    answered({ nowMs, sentAtMs, verdict, allowances, charge }) {
      let hasChanged = false;
      let isExplained = false;
      for (const allowance of allowances) {
        const { unit, limit, remaining } = allowance;
        const windowMs = windowOf(allowance, provider);
        if (limit !== undefined) hasChanged = note(unit, windowMs, limit) || hasChanged;
        if (verdict !== "refused" || remaining === undefined) continue;
        if (remaining >= Math.max(1, charge[unit])) continue;
        isExplained = true;
        const found = known.get(idOf(unit, windowMs));
        // What was sent before the last refusal came tells nothing more.
        if (found === undefined || sentAtMs <= cutAtMs) continue;
        found.factor = Math.max(leastFactor, found.factor * 0.9);
        hasChanged = true;
      }
      if (verdict === "accepted") learned.accept(sentAtMs, charge.tokens);
      if (verdict !== "refused") return hasChanged;
      cutAtMs = nowMs;
      if (isExplained || isPassing(nowMs, sentAtMs)) return hasChanged;
      learned.refuse(nowMs, sentAtMs);
      return true;
    },
    grow(nowMs, isPressed) {
      let hasChanged = learned.grow(nowMs, isPressed);
      for (const found of known.values()) {
        if (found.factor === 1) continue;
        found.factor = Math.min(1, found.factor + 0.01);
        hasChanged = true;
      }
      return hasChanged;
    },
  };
}

/** The window that an allowance is for. */
export function windowOf(
  { unit, windowMs }: Allowance,
  { requestsWindowMs }: ProviderRules,
): number {
  return windowMs ?? (unit === "requests" ? requestsWindowMs : 60_000);
}

/** Names a limit among those of a lane. */
function idOf(unit: Unit, windowMs: number): string {
  return `${unit}-${windowMs}`;
}
