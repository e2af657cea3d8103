/** Why something failed, in one line: the innermost cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner: unknown =
    error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
  if (inner !== undefined) return reasonOf(inner);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${code}: ${error.message}`;
}
