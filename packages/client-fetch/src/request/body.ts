/** Whatever `fetch` takes as a body. */
export type BodyValue = NonNullable<RequestInit["body"]>;

/** What a request sends. */
export interface RequestBody {
  /** `undefined` where it sends none, or where a `Request` sends its own. */
  readonly value: BodyValue | undefined;
  /** Its text, where it is at hand and no longer than `mostText`. */
  readonly text: string | undefined;
  /** Whether it can be sent again. */
  readonly isReplayable: boolean;
}

const none: RequestBody = { value: undefined, text: undefined, isReplayable: true };
const mostText = 8_388_608;

// What is read of a Request to send it again; of a longer one, and of other types, the body goes through as it is, once.
const mostHeld = 8_388_608;
const heldTypes =
  /^(?:application\/(?:[\w.+-]*json|x-www-form-urlencoded)|multipart\/form-data|text\/)/i;

/** A body as `init` gives it, copied where its giver could change it before it is sent. */
export function bodyOf(value: BodyValue | null | undefined): RequestBody {
  if (value === undefined || value === null) return none;
  if (typeof value === "string") {
    return { value, text: value.length <= mostText ? value : undefined, isReplayable: true };
  }
  if (value instanceof ArrayBuffer) return bytesBody(new Uint8Array(value.slice(0)));
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return bytesBody(new Uint8Array(buffer, byteOffset, byteLength).slice());
  }
  if (value instanceof URLSearchParams) return held(new URLSearchParams(value));
  if (value instanceof FormData) return held(copyOf(value));
  if (value instanceof Blob) return held(value);
  // A stream goes once; whatever else, `fetch` turns into text.
  return { value, text: undefined, isReplayable: !isOneShot(value) };
}

/** The body of `request`, which is used up by it: held where it is a form, text or JSON of at most 8 MiB. */
export async function bodyOfRequest(request: Request): Promise<RequestBody> {
  if (request.body === null) return none;
  if (!heldTypes.test(request.headers.get("content-type") ?? "")) {
    return { value: undefined, text: undefined, isReplayable: false };
  }
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= mostHeld) {
    const { done, value } = await reader.read();
    if (done) return bytesBody(joined(chunks, size));
    chunks.push(value);
    size += value.byteLength;
  }
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { value: rest, text: undefined, isReplayable: false };
}

function held(value: BodyValue): RequestBody {
  return { value, text: undefined, isReplayable: true };
}

function bytesBody(bytes: Uint8Array<ArrayBuffer>): RequestBody {
  // "{": only JSON is looked into.
  const isRead = bytes[0] === 0x7b && bytes.byteLength <= mostText;
  const text = isRead ? new TextDecoder().decode(bytes) : undefined;
  return { value: bytes, text, isReplayable: true };
}

function copyOf(form: FormData): FormData {
  const copy = new FormData();
  // A File goes with its own name; `append` keeps it.
  for (const [name, value] of form) copy.append(name, value);
  return copy;
}

function isOneShot(value: unknown): boolean {
  return (
    value instanceof ReadableStream ||
    (typeof value === "object" && value !== null && Symbol.asyncIterator in value)
  );
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
