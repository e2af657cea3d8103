import type { Goal } from "../goal.ts";
import { loads } from "./loads.ts";

/** The goals of the tokens suite, for each load that is at hand. */
export const goals: readonly Goal[] = loads.flatMap(({ work }): Goal[] => [
  { work, metric: "overshoot", atMost: 1.1 },
  { work, metric: "used", of: work, beside: "known", as: "times-better", atLeast: 0.95 },
]);
