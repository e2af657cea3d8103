import { join } from "node:path";

import type { TestContext } from "vitest";

import { needed } from "./needed.ts";
import { project } from "./project.ts";
import { run } from "./run.ts";

/** The text of the page at `url` in Chromium once it has loaded. `profile` names a folder of its own. */
export async function pageText(
  context: TestContext,
  profile: string,
  url: string,
): Promise<string> {
  const chromium = needed(context, "/usr/bin/chromium", "apt-get install chromium");
  const dom = await run(context, chromium, [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    `--user-data-dir=${join(project(), profile)}`,
    "--dump-dom",
    url,
  ]);
  return dom.replaceAll(/<[^>]*>/g, "");
}
