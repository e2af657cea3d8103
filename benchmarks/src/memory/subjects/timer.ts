import { syncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** Decides nothing: what is left is the cost of a new key and of timing the call. */
export const timer: Subject = {
  name: "timer",
  promise: "nothing",
  open: () => ({
    loop: syncLoop(
      (key) => key,
      (key) => key !== "",
    ),
    close() {},
  }),
};
