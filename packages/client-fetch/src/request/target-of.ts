import type { RequestSnapshot } from "./snapshot.ts";

/** What fails together, and shares a budget: "origin model". */
export function targetOf({ origin, model }: RequestSnapshot): string {
  return model === undefined ? origin : `${origin} ${model}`;
}
