import { SluiceError, type SluiceErrorCode } from "@sluice/core";

/** What a fault of the addon is, by its number. */
const faults: readonly (readonly [code: SluiceErrorCode, message: string])[] = [
  ["store-failed", "nativeStore: failed"],
  ["id-conflict", "id: was reserved before with another cost"],
  [
    "store-locked",
    "nativeStore: part of the shared table is locked: another has not finished in time",
  ],
  ["invalid-cost", "cost: would take a count beyond the safe integers"],
  ["invalid-option", "store: at most 32 claims"],
  ["store-failed", "nativeStore: the time could not be agreed upon"],
  ["store-failed", "nativeStore: the call would change more at once than can be undone"],
  ["store-corrupt", "nativeStore: what the table holds cannot be right"],
  ["store-failed", "nativeStore: failed, or was closed"],
];

/** The error for a fault of the addon. */
export function thrown(fault: number, claims: number): SluiceError {
  const [code, message] = faults[fault] ?? faults[0]!;
  return new SluiceError(code, fault === 4 ? `${message}, got ${claims}` : message);
}

const kinds: Readonly<Record<string, SluiceErrorCode>> = {
  gone: "invalid-option",
  corrupt: "store-corrupt",
  unsupported: "native-unavailable",
};

/** The error for what the addon threw when it opened a table: `kind:why`. */
export function unopened(error: unknown, where: string): SluiceError {
  const message = error instanceof Error ? error.message : String(error);
  const [, kind = "", why = message] = /^([a-z]+):(.*)$/s.exec(message) ?? [];
  const code = kinds[kind] ?? "store-failed";
  const instead = code === "native-unavailable" ? "; use memoryStore()" : "";
  return new SluiceError(code, `nativeStore: ${where}: ${why}${instead}`, { cause: error });
}
