import type { Signal } from "../lease.ts";

/** The platform's `AbortSignal` where its types are loaded, so that it may be given to `fetch`. */
export type RequestSignal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : Signal;

/** The part of an `AbortController` that is used. */
export interface RequestController {
  readonly signal: RequestSignal;
  abort(reason?: unknown): void;
}

// A global of every runtime that is not in the language's own library.
declare const AbortController: new () => RequestController;

/** A controller; only made when somebody asks for its signal, as it costs more than a decision does. */
export function createController(): RequestController {
  return new AbortController();
}
