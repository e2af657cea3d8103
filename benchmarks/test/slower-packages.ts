import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));

/** A change of one file of the packages. */
export interface Change {
  /** Below `packages`. */
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

/** Copies of core and redis with `change` made to them, and what removes them. Throws when it changes nothing. */
export function slowerPackages({ file, from, to }: Change): {
  readonly packages: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "sluice-slower-"));
  for (const name of ["core", "redis"]) {
    cpSync(join(packages, name, "src"), join(folder, name, "src"), { recursive: true });
    symlinkSync(join(packages, name, "node_modules"), join(folder, name, "node_modules"));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const changed = join(folder, file);
  const before = readFileSync(changed, "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has nothing like ${from}`);
  writeFileSync(changed, after);
  return { packages: folder, remove: () => rmSync(folder, { recursive: true }) };
}
