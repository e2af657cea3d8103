import type { ChargeOutcome, Claim, Outcome } from "@sluice/core";

import type { NativeStoreOptions } from "../../src/index.ts";

/** A claim that can be sent: a fixed window's periods as the two ends around a time. */
export interface SentClaim {
  readonly terms: Omit<Claim["terms"], "periodEndMs">;
  readonly ends: readonly [number, number] | undefined;
  readonly subject: string;
  readonly cost: number;
}

export type Verb =
  | "reserve"
  | "reserveMany"
  | "peek"
  | "extend"
  | "settle"
  | "adjust"
  | "block"
  | "reset";

/** What a worker is asked to do. */
export type Order =
  | {
      readonly kind: "open";
      readonly shared: NonNullable<NativeStoreOptions["shared"]>;
      readonly remember: number;
      readonly maxKeys?: number;
    }
  | {
      readonly kind: "act";
      readonly verb: Verb;
      readonly claims: readonly (readonly SentClaim[])[];
      readonly more: unknown;
      readonly atMs: number;
    }
  | {
      /** Checks of one user, all begun at one time of the system's clock. */
      readonly kind: "race";
      readonly user: string;
      readonly times: number;
      readonly many: boolean;
      readonly atMs: number;
      readonly clockMs: number;
    }
  | { readonly kind: "stop" };

/** What a worker answers. */
export type Report =
  | { readonly outcome: Outcome | readonly Outcome[] | ChargeOutcome | number | undefined }
  | { readonly error: { readonly code: string; readonly message: string } };
