import type { BatchStore } from "../../src/batch.ts";
import type { RunScript } from "../../src/client.ts";
import { slots, type SlotsOptions } from "../../src/slots.ts";

/** By the servers' time, everything under one prefix. */
export function slotStore(run: RunScript, options: Partial<SlotsOptions> = {}): BatchStore {
  return slots(run, {
    prefix: "t:",
    clock: undefined,
    rememberMs: 600_000,
    writesLooks: false,
    ...options,
  });
}
