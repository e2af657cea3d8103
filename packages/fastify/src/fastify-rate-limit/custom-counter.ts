import type { Counted, Counter, Terms } from "./counter.ts";
import type { CustomStore } from "./options.ts";

type ChildOptions = Parameters<CustomStore["child"]>[0];

/** What a store of another's making counts. */
export function customCounter(store: CustomStore): Counter {
  async function ask(verb: "incr" | "read", key: unknown, terms: Terms): Promise<Counted> {
    return new Promise((resolve, reject) => {
      // A callback without a result fails where the result is read, as an error of the store.
      store[verb]?.(
        // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a store gets what was generated, as callbacks do
        key as string,
        (error, counted) => (error ? reject(error) : resolve(counted!)),
        terms.timeWindow,
        terms.max,
      );
    });
  }
  return {
    count: (key, terms) => ask("incr", key, terms),
    get read() {
      return typeof store.read === "function"
        ? (key: unknown, terms: Terms) => ask("read", key, terms)
        : undefined;
    },
    child: ({ own, params, routeInfo }) => {
      const options = { ...own, ...params, routeInfo };
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what stores are written against, which is not what they get
      return customCounter(store.child(options as unknown as ChildOptions));
    },
  };
}
