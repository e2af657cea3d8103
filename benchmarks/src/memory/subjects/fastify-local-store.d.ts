declare module "@fastify/rate-limit/store/LocalStore.js" {
  /** The store of `@fastify/rate-limit` where it is given none. */
  export default class LocalStore {
    constructor(continueExceeding: boolean, exponentialBackoff: boolean, cache: number);
    incr(
      key: string,
      answer: (error: Error | null, counted: { current: number; ttl: number }) => void,
      timeWindowMs: number,
      max: number,
    ): void;
  }
}
