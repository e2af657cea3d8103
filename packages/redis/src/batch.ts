import {
  type AsyncStore,
  type Claim,
  isSluiceError,
  type LeaseRequest,
  type Outcome,
  type SluiceError,
} from "@sluice/core";

/** What is asked for in one `reserve`. */
export interface Request {
  readonly claims: readonly Claim[];
  readonly lease: LeaseRequest | undefined;
}

/** What one of a batch comes to: an error is what its caller alone got wrong, and nothing was charged. */
export type Answer = Outcome | SluiceError;

/** A store that also decides on many requests under leases in one step. */
export interface BatchStore extends AsyncStore {
  /** As `reserve` for each in turn, all at one instant; an `id-conflict` is the answer to its request. */
  reserveEach(requests: readonly Request[]): Promise<readonly Answer[]>;
}

/** The outcome of one request. Throws `id-conflict`. */
export async function outcomeOfOne(
  store: Pick<BatchStore, "reserveEach">,
  claims: readonly Claim[],
  lease: LeaseRequest | undefined,
): Promise<Outcome> {
  const [answer] = await store.reserveEach([{ claims, lease }]);
  return outcomeOf(answer!);
}

/** Outcomes of requests without leases, of which nobody can get anything wrong. */
export async function outcomesOf(
  store: Pick<BatchStore, "reserveEach">,
  batch: readonly (readonly Claim[])[],
): Promise<readonly Outcome[]> {
  const answers = await store.reserveEach(batch.map((claims) => ({ claims, lease: undefined })));
  return answers.map(outcomeOf);
}

/** What `decide` comes to, or throws as `id-conflict`. */
export function answerOf<T>(decide: () => T): T | SluiceError {
  try {
    return decide();
  } catch (error) {
    return conflictOf(error);
  }
}

/** `error`, if that is what the request's caller got wrong; else it is thrown. */
export function conflictOf(error: unknown): SluiceError {
  if (isSluiceError(error) && error.code === "id-conflict") return error;
  throw error;
}

function outcomeOf(answer: Answer): Outcome {
  if (isWrong(answer)) throw answer;
  return answer;
}

/** Whether the caller got it wrong. */
export function isWrong(answer: Answer): answer is SluiceError {
  return answer instanceof Error;
}
