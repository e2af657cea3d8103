import { shown, SluiceError } from "./errors.ts";
import type { Claim } from "./store/store.ts";

// A global of every JavaScript runtime that is not in the language's own library.
declare const crypto: { getRandomValues(array: Uint32Array<ArrayBuffer>): Uint32Array };

const longest = 256;

/** `id`, a string of 1 to 256 characters. Throws `invalid-id` for anything else. */
export function checkedId(id: string): string {
  if (typeof id === "string" && id.length > 0 && id.length <= longest) return id;
  throw new SluiceError(
    "invalid-id",
    `id: must be a string of 1 to ${longest} characters, got ${shown(id)}`,
  );
}

/** A caller's id means something only together with its subject: one tenant's cannot meet another's. */
export function scopedId(id: string, claims: readonly Claim[]): string {
  let name = `${id.length}:${id}`;
  for (const { terms, subject } of claims) name += `|${terms.scope}|${subject.length}:${subject}`;
  return name;
}

/** Ids that no other limiter makes, in any process. The secret is drawn late: some edge runtimes forbid it at start-up. */
export function idSequence(): () => string {
  let prefix = "";
  let count = 0;
  return () => {
    if (prefix === "") {
      const random = crypto.getRandomValues(new Uint32Array(3));
      prefix = `~${Array.from(random, (part) => part.toString(36)).join("")}-`;
    }
    return prefix + (count++).toString(36);
  };
}
