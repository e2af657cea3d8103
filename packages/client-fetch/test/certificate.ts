import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A key and its certificate for `localhost`, in PEM, and the file in `folder` that the latter is in. */
export async function certificateIn(
  folder: string,
): Promise<{ readonly key: string; readonly cert: string; readonly file: string }> {
  const [key, file] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const paths = ["-keyout", key, "-out", file];
  await execute("openssl", ["req", "-x509", "-days", "2", ...curve, ...name, ...paths]);
  return { key: await readFile(key, "utf8"), cert: await readFile(file, "utf8"), file };
}
