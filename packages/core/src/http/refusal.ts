import type { Refused } from "../decision.ts";
import { type Problem, problemOf } from "./problem.ts";

/** A refusal, ready to be answered. */
export interface Refusal {
  readonly decision: Refused;
  /** 429, or 503 when the store could not decide. */
  readonly status: 429 | 503;
  /** Those of the chosen forms, by name; the problem's content type is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the client is told, as `application/problem+json`. */
  readonly problem: Problem;
}

/** The content type of a refusal's body. */
export const problemType = "application/problem+json; charset=utf-8";

/** The refusal that `decision` comes to. */
export function refusalOf(decision: Refused, headers: Readonly<Record<string, string>>): Refusal {
  const problem = problemOf(decision);
  return { decision, status: problem.status, headers, problem };
}
