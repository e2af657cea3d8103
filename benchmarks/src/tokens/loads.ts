import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// The demo's: the same loads, made up and read the same way.
import { generatedSurfaces } from "../../../examples/inference-server/src/load/generated.ts";
import type { TraceRow } from "../../../examples/inference-server/src/load/load.ts";
import { readTrace } from "../../../examples/inference-server/src/load/trace.ts";
import type { TokenWork } from "../report.ts";

/** Requests of one application, in the order in which they come. */
export type Requests = readonly TraceRow[];

/** Where requests come from. */
export interface Load {
  readonly work: TokenWork;
  /** Whether it is the same for every seed. */
  readonly isRecorded: boolean;
  readonly requests: (seed: number) => Requests;
}

/** The folder of the recorded traces: what `SLUICE_TRACES` names, else `shared/traces` beside the repository. */
export const traceFolder: string =
  process.env["SLUICE_TRACES"] ??
  fileURLToPath(new URL("../../../../shared/traces", import.meta.url));

const recorded: readonly Load[] = [
  recordedLoad("tokens-azure-chat", "AzureLLMInferenceTrace_conv.csv"),
  recordedLoad("tokens-azure-code", "AzureLLMInferenceTrace_code.csv"),
].flatMap((load) => load ?? []);

/** An hour of a chat and of a code completion: made up by what is known of Azure's, and Azure's where they are at hand. */
export const loads: readonly Load[] = [
  generatedLoad("tokens-chat", 0),
  generatedLoad("tokens-code", 1),
  ...recorded,
];

function generatedLoad(work: TokenWork, index: number): Load {
  return {
    work,
    isRecorded: false,
    requests: (seed) => generatedSurfaces(seed)[index]!.rows,
  };
}

function recordedLoad(work: TokenWork, name: string): Load | undefined {
  const file = join(traceFolder, name);
  if (!existsSync(file)) return undefined;
  return {
    work,
    isRecorded: true,
    requests() {
      const { rows } = readTrace(file);
      return rows.map((row) => ({ ...row, atMs: row.atMs - rows[0]!.atMs }));
    },
  };
}
