/** A script, and the SHA-1 of its source that servers know it by. */
export interface Script {
  readonly sha: string;
  readonly source: string;
}

/** What is needed of a client of ioredis or iovalkey, to one node, by Sentinel or to a Cluster. */
export interface IoredisClient {
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** What is needed of a client of node-redis (`redis`, `@redis/client`), to one node, by Sentinel or to a Cluster. */
export interface NodeRedisClient {
  evalSha(sha: string, options: ScriptOptions): Promise<unknown>;
  eval(source: string, options: ScriptOptions): Promise<unknown>;
}

interface ScriptOptions {
  keys: string[];
  arguments: string[];
}

/** A client that is connected, or will be: one of ioredis, iovalkey or node-redis. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** Runs a script in one step, on the node that has the keys. */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/** Runs scripts by `client`. */
export function scriptRunner(client: RedisClient): RunScript {
  const { bySha, bySource } = "evalSha" in client ? nodeRedis(client) : ioredis(client);
  // Nothing is remembered of what a server knows: after a fail-over or a restart it may be another.
  return (script, keys, args) =>
    bySha(script, keys, args).catch((error: unknown) => {
      if (isNoScript(error)) return bySource(script, keys, args);
      throw error;
    });
}

/** Whether `client` is one that `scriptRunner` can use. */
export function isRedisClient(client: unknown): client is RedisClient {
  if (typeof client !== "object" || client === null) return false;
  const isNodeRedis = "evalSha" in client && typeof client.evalSha === "function";
  const isIoredis = "evalsha" in client && typeof client.evalsha === "function";
  return (isNodeRedis || isIoredis) && "eval" in client && typeof client.eval === "function";
}

// Also as a client says it that was sent around in a Cluster first.
const noScript = /^(?:Too many Cluster redirections\. Last error: ReplyError: )?NOSCRIPT\b/;

interface Runners {
  readonly bySha: RunScript;
  readonly bySource: RunScript;
}

function ioredis(client: IoredisClient): Runners {
  return {
    bySha: ({ sha }, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    bySource: ({ source }, keys, args) => client.eval(source, keys.length, ...keys, ...args),
  };
}

function nodeRedis(client: NodeRedisClient): Runners {
  return {
    bySha: ({ sha }, keys, args) => client.evalSha(sha, { keys: [...keys], arguments: [...args] }),
    bySource: ({ source }, keys, args) =>
      client.eval(source, { keys: [...keys], arguments: [...args] }),
  };
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && noScript.test(error.message);
}
