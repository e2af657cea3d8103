/** Undoes a Content-Encoding on a copy of what passes. */
export interface Decoder {
  push(bytes: Uint8Array): void;
  /** Whether it has given up: what follows is not seen. */
  isBroken(): boolean;
  /** Calls `then` once all has been decoded, or nothing more can be. */
  end(then: () => void): void;
}

interface Writer {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
}

// A global of every runtime that is not in the language's own library.
declare const DecompressionStream:
  | (new (format: string) => {
      readonly writable: { getWriter(): Writer };
      readonly readable: { getReader(): Reader };
    })
  | undefined;

const formats = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli"],
  ["zstd", "zstd"],
]);
// What waits to be decoded; beyond it the rest is not read.
const mostBytes = 4 << 20;

/** A decoder that shows `see` what `encoding` hid; `undefined` where the runtime knows none. */
export function createDecoder(
  encoding: string | undefined,
  see: (bytes: Uint8Array) => void,
): Decoder | undefined {
  const format = formats.get((encoding ?? "").trim().toLowerCase());
  if (format === undefined || typeof DecompressionStream !== "function") return undefined;
  let stream: InstanceType<NonNullable<typeof DecompressionStream>>;
  try {
    stream = new DecompressionStream(format);
  } catch {
    return undefined;
  }
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  let isBroken = false;
  let pending = 0;
  const broke = (): void => void (isBroken = true);
  const drained = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) see(value);
    }
  })().catch(broke);
  return {
    isBroken: () => isBroken,
    push(bytes) {
      if (isBroken) return;
      pending += bytes.length;
      if (pending > mostBytes) return broke();
      // The owner may use its bytes again.
      writer.write(bytes.slice()).then(() => void (pending -= bytes.length), broke);
    },
    end(then) {
      writer.close().catch(broke);
      void drained.then(then);
    },
  };
}
