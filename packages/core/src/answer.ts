import type { Answer, Store } from "./store/store.ts";

/** What `toAnswer` makes of `value`: at once when the store answered at once, a promise when it promised. */
export function whenAnswered<S extends Store, T, U>(
  value: T | Promise<T>,
  toAnswer: (value: T) => U,
): Answer<S, U> {
  const answered = isPromise(value) ? value.then(toAnswer) : toAnswer(value);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a store of type S promises, or never does
  return answered as Answer<S, U>;
}

/** What a store that answers at once comes to: S is one. */
export function atOnce<S extends Store, T>(value: T): Answer<S, T> {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- S is told from its answer
  return value as Answer<S, T>;
}

/** Whether an answer is promised; also by a promise of another realm, as test frameworks make them. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value;
}
