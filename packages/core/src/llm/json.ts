/** A JSON object, of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object, and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member `key` of `value`, or `undefined` where there is none. */
export function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The member `key` of `value` if it is a list, or an empty one. */
export function list(value: unknown, key: string): readonly unknown[] {
  const found = member(value, key);
  return Array.isArray(found) ? found : [];
}

/** The member `key` of `value` if it is a string, or `""`. */
export function text(value: unknown, key: string): string {
  const found = member(value, key);
  return typeof found === "string" ? found : "";
}

/** A value of a tool call's arguments as text: a string as it is, an object as JSON. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!isObject(value) || Object.keys(value).length === 0) return "";
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than the stack.
    return "";
  }
}
