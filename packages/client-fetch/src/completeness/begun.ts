import type { Ended } from "../outcome.ts";

/** Whether an answer can be handed out, or has ended before any of it could be. */
export type Begun =
  | { readonly begun: true }
  | {
      readonly ended: Ended;
      /** What the body ends with: a `TruncatedResponseError`, or the reason of an abort; `undefined` where it ends as it should. */
      readonly error: unknown;
    };
