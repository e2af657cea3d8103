import type { Scenario } from "../side.ts";
import { addresses } from "./addresses.ts";
import { afterwards } from "./afterwards.ts";
import { callbacks } from "./callbacks.ts";
import { checks } from "./checks.ts";
import { headers } from "./headers.ts";
import { refusals } from "./refusals.ts";
import { several } from "./several.ts";
import { stores } from "./stores.ts";
import { windows } from "./windows.ts";

/** All that is compared. */
export const scenarios: readonly Scenario[] = [
  ...windows,
  ...headers,
  ...refusals,
  ...afterwards,
  ...addresses,
  ...callbacks,
  ...checks,
  ...stores,
  ...several,
];
