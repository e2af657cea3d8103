/** Bytes that came and are not used up: `bytes` from `start` to `end`. `view` is over the same memory. */
export interface ByteQueue {
  bytes: Uint8Array;
  view: DataView;
  start: number;
  end: number;
}

const smallest = 4_096;
const largestKept = 65_536;

// Nothing is ever written to it, so that all empty queues may share it.
const noBytes = new Uint8Array(0);
const noView = /* @__PURE__ */ new DataView(noBytes.buffer);

/** An empty queue, which takes memory with its first bytes. */
export function byteQueue(): ByteQueue {
  return { bytes: noBytes, view: noView, start: 0, end: 0 };
}

/** Adds a copy of `piece`. What is queued may move: positions hold until the next call. */
export function append(queue: ByteQueue, piece: Uint8Array): void {
  if (queue.end + piece.length > queue.bytes.length) makeRoom(queue, piece.length);
  queue.bytes.set(piece, queue.end);
  queue.end += piece.length;
}

/** Forgets what is before `start`, and the memory of one long event with it. */
export function release(queue: ByteQueue, start: number): void {
  queue.start = start;
  if (start < queue.end) return;
  queue.start = 0;
  queue.end = 0;
  if (queue.bytes.length > largestKept) Object.assign(queue, byteQueue());
}

function makeRoom(queue: ByteQueue, more: number): void {
  const kept = queue.end - queue.start;
  if (kept + more <= queue.bytes.length) {
    queue.bytes.copyWithin(0, queue.start, queue.end);
  } else {
    const bytes = new Uint8Array(Math.max(smallest, queue.bytes.length * 2, kept + more));
    bytes.set(queue.bytes.subarray(queue.start, queue.end));
    queue.bytes = bytes;
    queue.view = new DataView(bytes.buffer);
  }
  queue.start = 0;
  queue.end = kept;
}
