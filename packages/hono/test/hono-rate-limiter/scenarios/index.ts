import type { Scenario } from "../side.ts";
import { afterwards } from "./afterwards.ts";
import { bindings } from "./bindings.ts";
import { callbacks } from "./callbacks.ts";
import { headers } from "./headers.ts";
import { keys } from "./keys.ts";
import { refusals } from "./refusals.ts";
import { several } from "./several.ts";
import { stores } from "./stores.ts";
import { windows } from "./windows.ts";

/** All that is compared. */
export const scenarios: readonly Scenario[] = [
  ...windows,
  ...keys,
  ...headers,
  ...refusals,
  ...afterwards,
  ...callbacks,
  ...stores,
  ...bindings,
  ...several,
];
