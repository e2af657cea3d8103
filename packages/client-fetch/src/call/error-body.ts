import { responseWith } from "../completeness/response-with.ts";
import type { Timing } from "../timing.ts";

/** The beginning of an error's body, and the response as it was before it was read. */
export interface ErrorResponse {
  readonly text: string;
  /** The response, its body from the beginning; once. */
  handOut(headers?: Readonly<Record<string, string>>): Response;
  /** Lets the rest go, and the connection with it. */
  discard(): void;
}

// A provider's error is far shorter; and who sends it slowly is not waited for.
const mostBytes = 65_536;
const mostMs = 1_000;

/** Reads what an error says for itself: at most 64 KiB, for at most a second. `done` is called when nothing of the body is left to come. */
export async function readError(
  response: Response,
  timing: Timing,
  done: () => void,
): Promise<ErrorResponse> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let isOver = reader === undefined;
  let failure: unknown;
  let size = 0;
  let pending: ReturnType<NonNullable<typeof reader>["read"]> | undefined;
  if (reader !== undefined) {
    let isLate = false;
    let late: (() => void) | undefined;
    const lateness = new Promise<void>((resolve) => (late = resolve));
    const stop = timing.after(mostMs, () => {
      isLate = true;
      late?.();
    });
    try {
      while (!isOver && size < mostBytes) {
        pending = reader.read();
        const read = await Promise.race([pending, lateness]);
        if (isLate || read === undefined) break;
        pending = undefined;
        if (read.done) isOver = true;
        else {
          chunks.push(read.value);
          size += read.value.byteLength;
        }
      }
    } catch (error) {
      // What came before it broke may still say enough.
      failure = error;
      pending = undefined;
      isOver = true;
    }
    stop();
  }
  if (isOver) done();

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (isOver) return failure === undefined ? controller.close() : controller.error(failure);
    try {
      const read = await (pending ?? reader!.read());
      pending = undefined;
      if (!read.done) return controller.enqueue(read.value);
      done();
      controller.close();
    } catch (error) {
      done();
      controller.error(error);
    }
  }

  return {
    text: textOf(chunks),
    handOut: (headers) => {
      const rest = new ReadableStream<Uint8Array>({
        start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
        pull,
        cancel(reason) {
          done();
          return isOver ? undefined : reader?.cancel(reason);
        },
      });
      return responseWith(response, reader === undefined ? null : rest, headers);
    },
    discard() {
      pending?.catch(() => {});
      if (!isOver) reader?.cancel().catch(() => {});
      done();
    },
  };
}

function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}
