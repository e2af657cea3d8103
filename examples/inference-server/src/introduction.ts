import type { Load } from "./load/load.ts";
import { everyone, limitNames, type Plan, tenantsOf } from "./plan.ts";
import { table } from "./table.ts";
import { count, counted, pacing, tenantName } from "./words.ts";

/** What a run is about to do. */
export function introduction(load: Load, plan: Plan, upstream: string | undefined): string {
  const rows = [...Object.entries(plan.tenants), [everyone, plan.shared] as const].map(
    ([tenant, limits]) => {
      const capacities = limitNames.map(
        (name) => limits.find((limit) => limit.name === name)?.capacity,
      );
      const cells = capacities.map((capacity) => (capacity === undefined ? "" : count(capacity)));
      return [tenantName(tenant), ...cells];
    },
  );
  const window =
    plan.speed === 1
      ? "60 s"
      : `60 s is ${plan.speed > 1 ? "compressed" : "stretched"} to ${count(plan.windowMs)} ms, like the replay`;
  return [
    `Load     ${load.source}`,
    `         ${counted(load.requests.length, "request")} of ${tenantsOf(load).join(", ")},`,
    `         replayed ${pacing(plan.speed)}`,
    `Windows  ${window}`,
    `Model    ${upstream ?? "a stand-in that generates what the trace says, at a model's pace"}`,
    "",
    ...table(["tenant", "requests/min", "tokens/min", "in flight", "tokens/min of the key"], rows),
  ].join("\n");
}
