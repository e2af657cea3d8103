/** One request of a load. */
export interface LoadRequest {
  /** Since the start of the load, as recorded. */
  readonly atMs: number;
  readonly tenant: string;
  readonly contextTokens: number;
  readonly generatedTokens: number;
  /** Whether the answer is streamed: the first surface of a load is, as a chat; others are not, as completions in an editor. */
  readonly stream: boolean;
}

/** Requests in the order in which they are sent. */
export interface Load {
  /** Where it comes from, in words. */
  readonly source: string;
  readonly requests: readonly LoadRequest[];
}

/** One row of a trace. */
export interface TraceRow {
  readonly atMs: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

/** One application, with the requests of all its tenants. */
export interface Surface {
  readonly name: string;
  readonly rows: readonly TraceRow[];
}

/** Of ten requests of a surface, seven are its first tenant's and three its second's. */
const tenantOf = (surface: string, index: number): string =>
  `${surface}-${[0, 1, 3, 4, 6, 7, 9].includes(index % 10) ? 1 : 2}`;

/** The load of several surfaces, each starting at 0, for the first `lengthMs` of the record. */
export function loadOf(source: string, surfaces: readonly Surface[], lengthMs: number): Load {
  const requests = surfaces.flatMap(({ name, rows }, order) =>
    rows.map((row, index): LoadRequest => ({
      ...row,
      atMs: row.atMs - rows[0]!.atMs,
      tenant: tenantOf(name, index),
      stream: order === 0,
    })),
  );
  return {
    source,
    requests: requests.filter(({ atMs }) => atMs < lengthMs).toSorted((a, b) => a.atMs - b.atMs),
  };
}
