import type { Decision, LimitState } from "../decision.ts";
import { fail } from "../options.ts";
import { draft11 } from "./draft-11-headers.ts";
import { draft6, draft7, draft8 } from "./earlier-draft-headers.ts";
import type { Form, Into } from "./header-form.ts";
import { legacy } from "./legacy-headers.ts";
import { provider } from "./provider-headers.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** How responses tell of the limits. */
export type HeaderForm = "draft-11" | "draft-8" | "draft-7" | "draft-6" | "legacy" | "provider";

const forms: Readonly<Record<HeaderForm, Form>> = {
  "draft-11": draft11,
  "draft-8": draft8,
  "draft-7": draft7,
  "draft-6": draft6,
  legacy,
  provider,
};

/**
 * The response headers of a decision, by name: those of `form`, and `Retry-After` on a refusal that waiting helps. In the
 * default form `RateLimit-Policy` and `RateLimit`, one item for each limit, as in draft-ietf-httpapi-ratelimit-headers-11: `r` is
 * what may still be spent now, and `t` the seconds within which no more than that may be: until the oldest charge leaves or a
 * token bucket has one unit more, or the whole window when nothing is charged. A limit in flight has neither `w` nor `t`; a
 * calendar's period, whose length varies, and a window that is not of whole seconds, no `w`. That of a token bucket is the time
 * that fills it. Quota units other than `requests` and `concurrent-requests` are not registered.
 */
export function rateLimitHeaders(
  decision: Decision,
  form: HeaderForm = "draft-11",
): Record<string, string> {
  const headers: Into = {};
  forms[form](headers, decision.limits, decision);
  addRetryAfter(headers, decision);
  return headers;
}

/** Checked forms: none for `false`. Throws `invalid-option`. */
export function checkForms(
  given: HeaderForm | readonly HeaderForm[] | false,
): readonly HeaderForm[] {
  if (given === false) return [];
  const chosen: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const form of chosen) {
    if (typeof form === "string" && Object.hasOwn(forms, form)) continue;
    fail("rateLimit: headers", `false or of ${Object.keys(forms).join(", ")}`, form);
  }
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- checked above
  return chosen as readonly HeaderForm[];
}

/** What makes the headers, in all of `chosen`, of a response that tells of `states`. Without a form there is none, not even `Retry-After`. */
export function createHeaders(
  chosen: readonly HeaderForm[],
): (states: readonly LimitState[], decision: Decision) => Readonly<Record<string, string>> {
  if (chosen.length === 0) return () => none;
  const [first, ...more] = chosen.map((form) => forms[form]);
  return (states, decision) => {
    const headers: Into = {};
    first!(headers, states, decision);
    for (const form of more) form(headers, states, decision);
    addRetryAfter(headers, decision);
    return headers;
  };
}

const none: Readonly<Record<string, string>> = Object.freeze({});

function addRetryAfter(headers: Into, decision: Decision): void {
  if (decision.allowed || decision.retryAfterMs === undefined) return;
  headers["Retry-After"] = String(retryAfterSeconds(decision.retryAfterMs));
}
