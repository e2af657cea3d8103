import { type Form, integer, resetSeconds, tightest } from "./header-form.ts";

/** `X-RateLimit-Limit`, `-Remaining` and `-Reset` of the limit that binds; the last in seconds since 1970. */
export const legacy: Form = (into, states, decision) => {
  const state = tightest(states, decision);
  into["X-RateLimit-Limit"] = String(integer(state.terms.capacity));
  into["X-RateLimit-Remaining"] = String(integer(state.remaining));
  into["X-RateLimit-Reset"] = String(Math.ceil(Date.now() / 1000) + resetSeconds(state));
};
