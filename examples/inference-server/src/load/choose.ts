import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { generatedSurfaces } from "./generated.ts";
import { type Load, loadOf, type Surface } from "./load.ts";
import { readTrace } from "./trace.ts";

const recorded = [
  { name: "chat", file: "AzureLLMInferenceTrace_conv.csv" },
  { name: "code", file: "AzureLLMInferenceTrace_code.csv" },
] as const;
const shared = new URL("../../../../../shared/traces/", import.meta.url);

/** The first `lengthMs` of the traces given, else of the Azure traces beside this repository, else of a generated load. */
export function chooseLoad(traces: readonly string[], lengthMs: number): Load {
  if (traces.length > 0) {
    const surfaces = traces.map((file) => readGiven(file));
    return loadOf(traces.join(" and "), surfaces, lengthMs);
  }
  const files = recorded.map(({ name, file }) => ({
    name,
    path: fileURLToPath(new URL(file, shared)),
  }));
  if (files.every(({ path }) => existsSync(path))) {
    const surfaces = files.map(({ name, path }) => readTrace(path, name));
    return loadOf("recorded: Azure LLM inference traces 2023, chat and code", surfaces, lengthMs);
  }
  return loadOf(
    "generated: like the Azure LLM inference traces 2023, chat and code",
    generatedSurfaces(1),
    lengthMs,
  );
}

function readGiven(file: string): Surface {
  try {
    return readTrace(file);
  } catch (error) {
    throw new Error(`--trace ${(error as Error).message}`, { cause: error });
  }
}
