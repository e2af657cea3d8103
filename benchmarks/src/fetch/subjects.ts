import { createFetch } from "@sluice/client-fetch";
import { ExponentialBackoff, handleAll, retry } from "cockatiel";
import fetchRetry from "fetch-retry";
import ky from "ky";
import pRetry from "p-retry";
import { Agent, fetch as undiciFetch, RetryAgent } from "undici";

/** Sends a request, as far as a benchmark needs it. */
export type Send = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: string;
  },
) => Promise<{ text(): Promise<string> }>;

/** A `fetch` that is used in the place of the plain one. */
export interface Subject {
  /** `sluice`, or the name of a package. */
  readonly name: string;
  /** What its answer means: a fast wrong answer is not a win. */
  readonly promise: string;
  /** One with its defaults, as a user makes it. */
  make(): Send;
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
  {
    name: "p-retry",
    promise:
      "ten retries of network errors, no jitter; no Retry-After; a refusal or a cut answer passes for an answer",
    make: () => (url, init) => pRetry(async () => fetch(url, init)),
  },
  {
    name: "cockatiel",
    promise:
      "as many retries as are asked for, here three, with jitter, of network errors; no Retry-After; a refusal or a cut answer passes for an answer",
    make() {
      const policy = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
      return (url, init) => policy.execute(async () => fetch(url, init));
    },
  },
  {
    name: "undici",
    promise:
      "its RetryAgent: five retries, of a POST none; Retry-After up to 30 s; knows a body that is shorter than announced, no other cut; a fetch of its own version",
    make() {
      const dispatcher = new RetryAgent(new Agent());
      return (url, init) => undiciFetch(url, { ...init, dispatcher });
    },
  },
];
