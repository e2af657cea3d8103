import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { askedTokens } from "./asked.ts";
import { type Child, startChild } from "./child.ts";
import type { GatewaySettings } from "./gateway.ts";
import { introduction } from "./introduction.ts";
import { createLedger, slicesPerWindow } from "./ledger.ts";
import { showProgress } from "./live-view.ts";
import type { Load } from "./load/load.ts";
import type { ModelSettings } from "./model-server.ts";
import type { Options } from "./options.ts";
import { planOf } from "./plan.ts";
import { reasonOf } from "./reason.ts";
import { provesLittle, replay } from "./replay.ts";
import { broken, resultOf } from "./result.ts";
import { summary } from "./summary.ts";
import { pacing } from "./words.ts";

/** Where the chart goes. */
const chartFile = fileURLToPath(new URL("../report/tokens.html", import.meta.url));

/** Runs the demo until it is over or `stop`ped; answers its exit code, as the README tells it. */
export async function run(options: Options, load: Load, stop: AbortSignal): Promise<0 | 1 | 2> {
  const { speed, forMs, upstream, model } = options;
  const plan = planOf(load, options.limits, speed);
  process.stdout.write(`${introduction(load, plan, upstream)}\n\n`);

  const children: Child[] = [];
  try {
    if (upstream === undefined) {
      children.push(await startChild("model-server.ts", { speed } satisfies ModelSettings));
    }
    const url = upstream ?? `http://127.0.0.1:${children[0]!.port}/v1`;
    const isStandIn = upstream === undefined;
    const settings: GatewaySettings = { plan, upstream: url, isStandIn };
    const gateway = await startChild("gateway.ts", settings, (events) => {
      for (const event of events) ledger.apply(event);
    });
    children.unshift(gateway);

    const ledger = createLedger(plan, Date.now());
    const hide = showProgress(ledger, forMs / 1000, process.stdout);
    const begun = performance.now();
    const answers = await replay(load, { port: gateway.port, speed, forMs, model, signal: stop });
    const ranMs = performance.now() - begun;
    hide();
    for (const child of children.splice(0)) await child.stop();

    const accounts = ledger.accounts(Date.now());
    const result = resultOf(load, answers.sent, ranMs / 1000, ledger, accounts);
    if (answers.sent + answers.notSent < load.requests.length) {
      process.stdout.write("Stopped before the end of the load.\n");
    }
    const outcome = { result, ledger, accounts, answers };
    process.stdout.write(`${summary(outcome, relative(process.cwd(), chartFile))}\n`);

    // Loaded late: it takes longer than all the rest.
    const { chartPage } = await import("./chart.ts");
    const sliceMs = plan.windowMs / slicesPerWindow;
    const asked = askedTokens(load, speed, plan.windowMs, sliceMs, ranMs);
    const caption = `${load.source}; ${pacing(speed)}, so that a minute lasts ${plan.windowMs} ms.`;
    let isWritten = write(chartFile, chartPage(accounts, asked, sliceMs, caption));
    if (options.json !== undefined) {
      isWritten = write(options.json, `${JSON.stringify(result, null, 2)}\n`) && isWritten;
    }
    if (broken(result).length > 0) return 1;
    return isWritten && !provesLittle(answers, result.refusals.total) ? 0 : 2;
  } finally {
    for (const child of children) await child.stop();
  }
}

function write(file: string, text: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return true;
  } catch (error) {
    process.stderr.write(`could not write ${file}: ${reasonOf(error)}\n`);
    return false;
  }
}
