/** Where a request goes. */
export interface Address {
  readonly href: string;
  readonly origin: string;
  readonly pathname: string;
  /** Whether it is http or https. */
  readonly isHttp: boolean;
}

/** Reads where a request goes; `undefined` of what is no URL. Clients call one URL again and again: the latest is kept. */
export function addressReader(): (input: string | URL | Request) => Address | undefined {
  let latest: { readonly text: string; readonly address: Address } | undefined;
  return (input) => {
    if (input instanceof URL) return addressOf(input);
    const text = input instanceof Request ? input.url : input;
    if (latest?.text === text) return latest.address;
    try {
      const address = addressOf(new URL(text, pageUrl()));
      // What is relative depends on where the page is now.
      if (address.href.startsWith(text.slice(0, 5))) latest = { text, address };
      return address;
    } catch {
      return undefined;
    }
  };
}

/** Of a URL, whose parts some runtimes make anew each time they are asked for. */
export function addressOf({ href, origin, pathname, protocol }: URL): Address {
  return { href, origin, pathname, isHttp: protocol === "https:" || protocol === "http:" };
}

// Where there is a page, a URL may be relative to it.
function pageUrl(): string | undefined {
  const page: unknown = Reflect.get(globalThis, "location");
  const hasUrl = typeof page === "object" && page !== null && "href" in page;
  return hasUrl && typeof page.href === "string" ? page.href : undefined;
}
