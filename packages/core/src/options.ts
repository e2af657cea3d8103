import { shown, SluiceError } from "./errors.ts";

/** Throws `invalid-option` unless `options` is an object that has none but the options `names`. */
export function checkOptions(of: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) fail(`${of}: options`, "an object", options);
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) fail(`${of}: option`, `one of ${names.join(", ")}`, name);
  }
}

/** Throws `invalid-option`: `option` must be `expected`, and was `got`. */
export function fail(option: string, expected: string, got: unknown): never {
  throw new SluiceError("invalid-option", `${option} must be ${expected}, got ${shown(got)}`);
}
