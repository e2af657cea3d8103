import { createHash } from "node:crypto";

import type { Claim, Terms } from "@sluice/core";

/** Printable, without space and braces, and without the mark of a digest in front. */
const plain = /^[!-z|~]{1,64}$/;
const digestMark = "#";

/** What a key says of a limit, by its terms: the same object comes again for the same numbers. */
const limitNames = new WeakMap<Terms, string>();

/** The key of a claim's count: `sluice:{acme}:s:rpm|requests|tenant`, and the subject where it has several dimensions. */
export function countKey(prefix: string, claim: Claim): string {
  const name = `${prefix}{${tagOf(claim)}}:${limitName(claim.terms)}`;
  return dimensionsOf(claim.terms) > 1 ? `${name}:${shortened(claim.subject)}` : name;
}

/** The key of a lease, in the slot of its first claim. */
export function leaseKey(prefix: string, claims: readonly Claim[], id: string): string {
  const [first] = claims;
  return `${prefix}{${first === undefined ? "*" : tagOf(first)}}:l:${shortened(id)}`;
}

/** What decides in which slot of a Cluster a claim's count lies: its subject's value in the first dimension of the limit. */
export function tagOf({ terms, subject }: Claim): string {
  const dimensions = dimensionsOf(terms);
  if (dimensions === 0) return "*";
  return shortened(dimensions === 1 ? subject : firstValue(subject));
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

function dimensionsOf({ scope }: Terms): number {
  return scope.split("|").length - 3;
}

function limitName(terms: Terms): string {
  const known = limitNames.get(terms);
  if (known !== undefined) return known;
  const [name = "", algorithm = "", ...others] = terms.scope.split("|");
  const made = `${algorithm.charAt(0)}:${shortened([name, ...others].join("|"))}`;
  limitNames.set(terms, made);
  return made;
}
