/** A value as text, equal for equal values: also `undefined` and the infinities, which JSON leaves out. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      part === undefined || (typeof part === "number" && !Number.isFinite(part))
        ? String(part)
        : part,
    ) ?? "undefined"
  );
}
