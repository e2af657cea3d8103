/** A request's headers by lower-case name. */
export type HeaderRecord = Record<string, string>;

/** A copy of `headers`, in any form that `fetch` takes; values of one name are joined as `Headers` joins them. Nothing is checked: `fetch` does. */
export function headerRecord(headers: RequestInit["headers"]): HeaderRecord {
  const record: HeaderRecord = {};
  if (headers === undefined || headers === null) return record;
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    record[key] = Object.hasOwn(record, key) ? `${record[key]}, ${value}` : String(value);
  }
  return record;
}
