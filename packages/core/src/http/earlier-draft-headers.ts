import {
  type Form,
  integer,
  perTerms,
  resetSeconds,
  tightest,
  windowSeconds,
} from "./header-form.ts";

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-08: as today's, but `t` is when more comes free, and there are no units. */
export const draft8: Form = (into, states) => {
  into["RateLimit-Policy"] = states.map((state) => namedPolicy(state)).join(", ");
  into["RateLimit"] = states
    .map((state) => `"${state.limit.name}";r=${integer(state.remaining)};t=${resetSeconds(state)}`)
    .join(", ");
};

/** `RateLimit-Policy` of all limits, and in `RateLimit` the one that binds, of draft-ietf-httpapi-ratelimit-headers-07. */
export const draft7: Form = (into, states, decision) => {
  const state = tightest(states, decision);
  into["RateLimit-Policy"] = states.map((one) => policy(one)).join(", ");
  into["RateLimit"] =
    `limit=${integer(state.terms.capacity)}, remaining=${integer(state.remaining)}, reset=${resetSeconds(state)}`;
};

/** `RateLimit-Policy` of all limits, and `RateLimit-Limit`, `-Remaining` and `-Reset` of the one that binds, of draft-ietf-httpapi-ratelimit-headers-06. */
export const draft6: Form = (into, states, decision) => {
  const state = tightest(states, decision);
  into["RateLimit-Policy"] = states.map((one) => policy(one)).join(", ");
  into["RateLimit-Limit"] = String(integer(state.terms.capacity));
  into["RateLimit-Remaining"] = String(integer(state.remaining));
  into["RateLimit-Reset"] = String(resetSeconds(state));
};

const policy = perTerms(({ terms }) => {
  const seconds = windowSeconds(terms);
  return integer(terms.capacity) + (seconds === undefined ? "" : `;w=${seconds}`);
});

const namedPolicy = perTerms(({ limit, terms }) => {
  const seconds = windowSeconds(terms);
  const item = `"${limit.name}";q=${integer(terms.capacity)}`;
  return seconds === undefined ? item : `${item};w=${seconds}`;
});
