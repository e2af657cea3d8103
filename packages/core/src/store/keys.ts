import { absorb, createHasher, finish, type Hasher } from "./hash.ts";
import type { Claim } from "./store.ts";

/** The hashes of claims and of an id, in two halves, `-A` and `-B`. */
export interface Keys {
  readonly hasher: Hasher;
  readonly hashA: Int32Array;
  readonly hashB: Int32Array;
  idA: number;
  idB: number;
  /** The scopes that came last, by the place of their claim, and what they are hashed to. */
  readonly scopes: string[];
  readonly scopeA: Int32Array;
  readonly scopeB: Int32Array;
}

/** As many claims as a call can have. */
export const mostClaims = 32;
/** As many calls as are looked up together. */
export const batchSize = 64;

// What is hashed for different ends is told apart by the words that follow it.
const scopeMark = 1;
const idMark = 2;

/** Room for the hashes of claims under a secret of two words. */
export function createKeys(key0: number, key1: number): Keys {
  return {
    hasher: createHasher(key0, key1),
    hashA: new Int32Array(mostClaims * batchSize),
    hashB: new Int32Array(mostClaims * batchSize),
    idA: 0,
    idB: 0,
    scopes: [],
    scopeA: new Int32Array(mostClaims),
    scopeB: new Int32Array(mostClaims),
  };
}

/** Hashes claims, of which there are at most 32, from the place `from`. */
export function hashClaims(keys: Keys, claims: readonly Claim[], from: number): void {
  const { hasher, hashA, hashB, scopes, scopeA, scopeB } = keys;
  let taken: string | undefined;
  for (let index = 0; index < claims.length; index++) {
    const { terms, subject } = claims[index]!;
    if (scopes[index] !== terms.scope) {
      learnScope(keys, index, terms.scope);
      taken = undefined;
    }
    // Several limits on the same dimensions have the same subject.
    if (subject !== taken) absorb(hasher, subject);
    taken = subject;
    finish(hasher, scopeA[index]!, scopeB[index]!);
    hashA[from + index] = hasher.a;
    hashB[from + index] = hasher.b;
  }
}

/** Hashes an id. */
export function hashId(keys: Keys, id: string): void {
  const { hasher } = keys;
  absorb(hasher, id);
  finish(hasher, idMark, 0);
  keys.idA = hasher.a;
  keys.idB = hasher.b;
}

function learnScope({ hasher, scopes, scopeA, scopeB }: Keys, index: number, scope: string): void {
  absorb(hasher, scope);
  finish(hasher, scopeMark, 0);
  scopes[index] = scope;
  scopeA[index] = hasher.a;
  scopeB[index] = hasher.b;
}
