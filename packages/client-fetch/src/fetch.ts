import type { SluiceResponse } from "./call/report.ts";
import { runCall } from "./call/run-call.ts";
import { outcomeKey } from "./call/try-once.ts";
import { noOutcomes, type OutcomeCount } from "./completeness/outcome-counts.ts";
import { engineOf, type FetchOptions } from "./options.ts";
import { addressReader } from "./request/address.ts";
import { type FetchInit, snapshot } from "./request/snapshot.ts";

/** A `fetch` that any client takes. */
export interface SluiceFetch {
  (input: string | URL | Request, init?: FetchInit): Promise<SluiceResponse>;
  /** As clients look for it to learn what `fetch` can do. */
  readonly Response: typeof Response;
  /** How the answers of a class and a model have ended so far: a rate of those that were cut shows what nobody is told. */
  outcomes(named: string, model?: string): OutcomeCount;
}

/**
 * Creates a `fetch` for any model client: `new OpenAI({ fetch: createFetch() })`. Calls are paced and queued, repeated within a budget,
 * kept from a server that is broken, and half an answer is never taken for a whole one. What is not http(s) goes through untouched. Rejects with the signal's
 * reason when the caller gives up, and with a `FetchError` where there is no response to hand out; a client that repeats what throws and
 * heeds `x-should-retry` gets a response in its place. Throws `invalid-option`.
 */
export function createFetch(options: FetchOptions = {}): SluiceFetch {
  const engine = engineOf(options);
  const addressOf = addressReader();

  const fetch = async (
    input: string | URL | Request,
    init?: FetchInit,
  ): Promise<SluiceResponse> => {
    const address = addressOf(input);
    // What cannot be read as a URL, `fetch` itself refuses in its own words.
    if (address === undefined || !address.isHttp) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not handled says nothing of itself
      return engine.base(input, init) as Promise<SluiceResponse>;
    }
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const request = snapshot(input, address, init);
    return runCall(engine, request instanceof Promise ? await request : request);
  };

  return Object.assign(fetch, {
    Response: globalThis.Response,
    outcomes: (named: string, model?: string) =>
      engine.outcomes.of(outcomeKey(named, model)) ?? noOutcomes,
  });
}
