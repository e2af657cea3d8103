import { fetchSuite } from "./fetch/suite.ts";
import { httpSuite } from "./http/suite.ts";
import { memorySuite } from "./memory/suite.ts";
import { nativeSuite } from "./native/suite.ts";
import { redisSuite } from "./redis/suite.ts";
import type { Suite } from "./suite.ts";
import { tokensSuite } from "./tokens/suite.ts";

/** All there is to measure, in the order in which it is. */
export const suites: readonly Suite[] = [
  memorySuite,
  nativeSuite,
  redisSuite,
  httpSuite,
  fetchSuite,
  tokensSuite,
];
