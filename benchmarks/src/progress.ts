/** Says what is being measured: on one line of a terminal, else a line for each `heading`. */
export interface Progress {
  at(heading: string, detail: string): void;
  done(): void;
}

/** Progress on standard error, with the seconds since it began. */
export function createProgress(): Progress {
  const startMs = performance.now();
  const { stderr } = process;
  const clear = "\r\u001B[K";
  let shown = "";
  return {
    at(heading, detail) {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(0).padStart(4);
      if (stderr.isTTY) stderr.write(`${clear}${seconds} s  ${heading}  ${detail}`);
      else if (heading !== shown) stderr.write(`${seconds} s  ${heading}\n`);
      shown = heading;
    },
    done() {
      if (stderr.isTTY) stderr.write(clear);
    },
  };
}
