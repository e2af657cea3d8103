import { createFetch } from "@sluice/client-fetch";
import fetchRetry from "fetch-retry";
import ky from "ky";

/** A `fetch` that is used in the place of the plain one. */
export interface Subject {
  /** `sluice`, or the name of a package. */
  readonly name: string;
  /** What its answer means: a fast wrong answer is not a win. */
  readonly promise: string;
  /** One with its defaults, as a user makes it. */
  make(): (url: string, init: RequestInit) => Promise<Response>;
}

/** Sluice's. */
export const sluice: Subject = {
  name: "sluice",
  promise:
    "half an answer is never taken for a whole one; retries within a budget and a deadline, every hint of a provider; paced and queued; a breaker",
  make: () => createFetch(),
};

/** What is used today. */
export const peers: readonly Subject[] = [
  {
    name: "ky",
    promise:
      "two retries, of a POST none; Retry-After without a bound; a cut answer passes for a whole one",
    make: () => ky,
  },
  {
    name: "fetch-retry",
    promise:
      "three retries of network errors, a second apart; no Retry-After; a cut answer passes for a whole one",
    make: () => fetchRetry(fetch),
  },
];
