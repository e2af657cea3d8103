import type { LimitState } from "../decision.ts";
import { type Form, integer, tightest } from "./header-form.ts";

const names = new Map([
  ["requests", "requests"],
  ["tokens", "tokens"],
  ["inputTokens", "input-tokens"],
  ["outputTokens", "output-tokens"],
]);

/**
 * `x-ratelimit-{limit,remaining,reset}-{requests,tokens,input-tokens,output-tokens}` as model providers send them, of the limit
 * of each unit that binds, with resets as `6m0s`; on a refusal `retry-after-ms` and `x-should-retry`, which their clients obey.
 */
export const provider: Form = (into, states, decision) => {
  for (const [unit, name] of names) {
    const counting = states.filter(({ limit }) => limit.unit === unit);
    if (counting.length === 0) continue;
    const state = tightest(counting, decision);
    into[`x-ratelimit-limit-${name}`] = String(integer(state.terms.capacity));
    into[`x-ratelimit-remaining-${name}`] = String(integer(state.remaining));
    into[`x-ratelimit-reset-${name}`] = goDuration(resetMs(state));
  }
  if (decision.allowed) return;
  if (decision.retryAfterMs !== undefined) {
    into["retry-after-ms"] = String(Math.max(1, Math.ceil(decision.retryAfterMs)));
  }
  into["x-should-retry"] = String(decision.reason !== "never-fits");
};

function resetMs({ freesAfterMs, retryAfterMs, violated }: LimitState): number {
  return violated && Number.isFinite(retryAfterMs) ? retryAfterMs : freesAfterMs;
}

/** As Go prints a duration: `12ms`, `1.5s`, `6m0s`, `1h0m0s`. */
function goDuration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1000) return whole === 0 ? "0s" : `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
