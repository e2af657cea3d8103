/** The one of `all` that has a name. Throws where none has. */
export function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nothing is named "${name}"`);
  return found;
}
