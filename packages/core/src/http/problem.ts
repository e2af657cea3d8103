import type { Refused } from "../decision.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/**
 * The body of a refusal, `application/problem+json` (RFC 9457), with the problem types of
 * draft-ietf-httpapi-ratelimit-headers-11. It alone tells a client whether, and when, to try again.
 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  /** 429, or 503 when the store could not decide. */
  readonly status: 429 | 503;
  readonly detail: string;
  /** The names of all limits that refuse the request. */
  readonly "violated-policies": readonly string[];
  /** The limit that has to be waited for longest, the dimensions it counts apart, and its unit. */
  readonly limit?: string;
  readonly scope?: readonly string[];
  readonly unit?: string;
  /** Seconds after which trying again helps. */
  readonly retryAfter?: number;
  /** False when trying again can never help. */
  readonly retryable: boolean;
}

const registry = "https://iana.org/assignments/http-problem-types#";

/** The problem that `refused` is to a client. */
export function problemOf(refused: Refused): Problem {
  if (refused.reason === "store-unavailable") {
    return {
      type: `${registry}temporary-reduced-capacity`,
      title: "Request cannot be satisfied due to temporary server capacity constraints",
      status: 503,
      detail: "the limits cannot be decided now",
      "violated-policies": [],
      retryable: true,
    };
  }
  const { limit, terms, cost } = refused.limits.find(
    ({ limit: { name } }) => name === refused.limitedBy,
  )!;
  const quota = {
    type: `${registry}quota-exceeded`,
    title: "Request cannot be satisfied as assigned quota has been exceeded",
    status: 429,
    "violated-policies": refused.limits.flatMap(({ limit: { name }, violated }) =>
      violated ? [name] : [],
    ),
    limit: limit.name,
    scope: limit.per,
    unit: limit.unit,
  } as const;
  if (refused.reason === "never-fits") {
    const detail = `the request costs ${cost} ${limit.unit}, and "${limit.name}" never allows more than ${terms.capacity}`;
    return { ...quota, detail, retryable: false };
  }
  const retryAfter = retryAfterSeconds(refused.retryAfterMs);
  const why =
    refused.reason === "blocked"
      ? `"${limit.name}" is blocked`
      : `"${limit.name}" allows ${terms.capacity} ${limit.unit}`;
  const detail = `${why}: try again in ${retryAfter} s`;
  return { ...quota, detail, retryAfter, retryable: true };
}
