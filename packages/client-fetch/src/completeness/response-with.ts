type Body = ConstructorParameters<typeof Response>[0];
/** Without what a subclass says itself, as no constructor takes it. */
interface Bare extends Omit<Response, "url" | "redirected" | "type" | "clone"> {
  clone(): Response;
}
type BareClass = new (...args: ConstructorParameters<typeof Response>) => Bare;
type Made = new (body: Body, like: Response) => Response;

let base: typeof Response | undefined;
let madeClass: Made | undefined;

/**
 * A response as `response` is, with `body` in the place of its own and `headers` beside its own. SDKs look at the class, and at what a
 * constructor does not take: `url`, `redirected`, `type`.
 */
export function responseWith(
  response: Response,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status } = response;
  // Those may not have a body, not even an empty one.
  const isNull = status === 204 || status === 205 || status === 304;
  const made = new (classOf(globalThis.Response))(isNull ? null : body, response);
  for (const name of Object.keys(headers)) made.headers.set(name, headers[name]!);
  return made;
}

// Own properties that hide those of the prototype would cost as much as all the rest. Looked up late, so that a patched global is used.
function classOf(current: typeof Response): Made {
  if (madeClass === undefined || base !== current) {
    base = current;
    madeClass = subclassOf(current);
  }
  return madeClass;
}

function subclassOf(current: typeof Response): Made {
  // Fewer members than there are, so that accessors may take their place.
  return class Response extends (current as BareClass) {
    readonly #like: globalThis.Response;
    constructor(body: Body, like: globalThis.Response) {
      const { status, statusText, headers } = like;
      super(body, { status, statusText, headers });
      this.#like = like;
    }
    override clone(): globalThis.Response {
      return responseWith(this, super.clone().body);
    }
    get url(): string {
      return this.#like.url;
    }
    get redirected(): boolean {
      return this.#like.redirected;
    }
    get type(): globalThis.Response["type"] {
      return this.#like.type;
    }
  };
}
