import { clearScreenDown, moveCursor } from "node:readline";
import type { WriteStream } from "node:tty";

import type { Ledger } from "./ledger.ts";
import { dashboard, progress } from "./progress.ts";

const redrawMs = 250;
const lineMs = 2_000;

/** Shows a run under way until the returned function is called: a block redrawn in place, or plain lines where there is no terminal. */
export function showProgress(
  ledger: Ledger,
  totalSeconds: number,
  output: WriteStream,
): () => void {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let drawn = 0;

  function erase(): void {
    if (drawn > 0) moveCursor(output, -output.columns, -drawn);
    clearScreenDown(output);
    drawn = 0;
  }
  function redraw(): void {
    const lines = dashboard(ledger, seconds(), totalSeconds, Date.now());
    erase();
    const fitting = lines
      .slice(0, output.rows - 1)
      .map((line) => line.slice(0, output.columns - 1));
    output.write(`${fitting.join("\n")}\n`);
    drawn = fitting.length;
  }
  const timer = output.isTTY
    ? setInterval(redraw, redrawMs)
    : setInterval(() => output.write(`${progress(ledger, seconds(), Date.now())}\n`), lineMs);
  return () => {
    clearInterval(timer);
    if (output.isTTY) erase();
  };
}
