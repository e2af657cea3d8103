import { createHash } from "node:crypto";

import type { Claim, Terms } from "@sluice/core";

/** Printable, without space and braces, and without the mark of a digest in front. */
const plain = /^[!-z|~]{1,64}$/;
const digestMark = "#";

/** What a key says of a limit, and in how many dimensions it counts. */
interface LimitName {
  readonly name: string;
  readonly dimensions: number;
}

/** By its terms: the same object comes again for the same numbers. */
const limitNames = new WeakMap<Terms, LimitName>();

/**
 * The keys of the claims' counts: `sluice:{acme}:s:rpm|requests|tenant`, and the subject where it has several dimensions. Most claims of a request have one
 * value in the first dimension, which is then looked at once.
 */
export function countKeys(prefix: string, claims: readonly Claim[]): string[] {
  let first: string | undefined;
  let tag = "";
  return claims.map((claim) => {
    const value = firstValueOf(claim);
    if (value === undefined) return keyOf(prefix, claim, sharedTag);
    if (value !== first) {
      first = value;
      tag = shortened(value);
    }
    return keyOf(prefix, claim, tag);
  });
}

/** The key of a lease, in the slot of its first claim. */
export function leaseKey(prefix: string, claims: readonly Claim[], id: string): string {
  return `${prefix}{${firstTag(claims)}}:l:${shortened(id)}`;
}

/** The key of something that is done once, in the slot of the first claim. */
export function onceKey(prefix: string, claims: readonly Claim[], id: string): string {
  return `${prefix}{${firstTag(claims)}}:o:${id}`;
}

function firstTag([first]: readonly Claim[]): string {
  return first === undefined ? sharedTag : tagOf(first);
}

/** What decides in which slot of a Cluster a claim's count lies: its subject's value in the first dimension of the limit. */
export function tagOf(claim: Claim): string {
  const value = firstValueOf(claim);
  return value === undefined ? sharedTag : shortened(value);
}

/** Of limits that count nobody separately. */
const sharedTag = "*";

function keyOf(prefix: string, { terms, subject }: Claim, tag: string): string {
  const { name, dimensions } = limitName(terms);
  const key = `${prefix}{${tag}}:${name}`;
  return dimensions > 1 ? `${key}:${shortened(subject)}` : key;
}

function firstValueOf({ terms, subject }: Claim): string | undefined {
  const { dimensions } = limitName(terms);
  if (dimensions === 0) return undefined;
  return dimensions === 1 ? subject : firstValue(subject);
}

/** Of `4:acme|5:small|`, the `acme`. */
function firstValue(subject: string): string {
  const colon = subject.indexOf(":");
  return subject.slice(colon + 1, colon + 1 + Number(subject.slice(0, colon)));
}

/** `text`, or a digest of it that no plain text can be taken for. */
function shortened(text: string): string {
  if (plain.test(text) && !text.startsWith(digestMark)) return text;
  // By its UTF-16 code units: as UTF-8 all lone surrogates would be one.
  const digest = createHash("sha256").update(Buffer.from(text, "utf16le")).digest("base64url");
  return digestMark + digest;
}

function limitName(terms: Terms): LimitName {
  const known = limitNames.get(terms);
  if (known !== undefined) return known;
  const [name = "", algorithm = "", ...others] = terms.scope.split("|");
  const made = {
    name: `${algorithm.charAt(0)}:${shortened([name, ...others].join("|"))}`,
    dimensions: others.length - 1,
  };
  limitNames.set(terms, made);
  return made;
}
