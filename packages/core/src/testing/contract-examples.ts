import { bucketExamples } from "./bucket-examples.ts";
import { calendarExamples } from "./calendar-examples.ts";
import { choiceExamples } from "./choice-examples.ts";
import { edgeExamples } from "./edge-examples.ts";
import { idExamples } from "./id-examples.ts";
import { leaseExamples } from "./lease-examples.ts";
import { verbExamples } from "./verb-examples.ts";
import { windowExamples } from "./window-examples.ts";
import type { Example } from "./workbench.ts";

/** The rules of a store by example. */
export const examples: readonly Example[] = [
  ...windowExamples,
  ...bucketExamples,
  ...calendarExamples,
  ...leaseExamples,
  ...idExamples,
  ...choiceExamples,
  ...verbExamples,
  ...edgeExamples,
];
