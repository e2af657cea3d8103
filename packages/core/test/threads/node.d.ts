// The few parts of Node that a thread of a test needs: with all its types, core itself would seem to have its globals.

declare module "node:events" {
  export function once(emitter: object, event: string): Promise<unknown[]>;
}

declare module "node:url" {
  export interface URL {
    readonly href: string;
  }
  export const URL: new (input: string, base: string) => URL;
}

declare module "node:worker_threads" {
  import type { URL } from "node:url";

  interface Port {
    postMessage(message: unknown): void;
    on(event: "message", listener: (message: never) => void): void;
  }
  export class Worker implements Port {
    constructor(file: URL, options: { readonly workerData: unknown });
    postMessage(message: unknown): void;
    on(event: "message", listener: (message: never) => void): void;
    terminate(): Promise<number>;
  }
  export const parentPort: Port | null;
  // eslint-disable-next-line typescript/no-explicit-any -- as Node has it
  export const workerData: any;
}
