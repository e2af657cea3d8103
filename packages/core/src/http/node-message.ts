/** The part of node's `IncomingMessage` that is used. */
export interface NodeRequest {
  readonly socket: {
    readonly destroyed: boolean;
    once(event: "close", listener: () => void): unknown;
    off(event: "close", listener: () => void): unknown;
  };
}

/** The part of node's `ServerResponse` that is used. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly closed: boolean;
  readonly writableEnded: boolean;
  readonly socket: unknown;
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): number | string | readonly string[] | undefined;
  on(event: "close", listener: () => void): unknown;
  destroy(): unknown;
  write: (...args: never[]) => boolean;
  end: (...args: never[]) => unknown;
}
