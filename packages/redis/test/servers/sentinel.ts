import { ask } from "./ask.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { host, type Address } from "./port.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { startSentinels } from "./sentinels.ts";
import { until } from "./until.ts";

/** One primary with two replicas, watched by three sentinels, of which two must agree. */
export interface SentinelSet extends AsyncDisposable {
  /** For a client: `new Redis({ name, sentinels, natMap })`. */
  readonly name: string;
  readonly sentinels: readonly Address[];
  /** Leads clients to the first primary itself, which sentinels and replicas know by the address of `network`. */
  readonly natMap: Readonly<Record<string, Address>>;
  /** The first is the primary in the beginning. */
  readonly servers: readonly RedisServer[];
  /**
   * The network between the first primary and all that watch it: its replicas and the sentinels. Delaying its answers makes
   * replicas lag; dropping all parts it from them, while clients that are connected can still write to it.
   */
  readonly network: FaultProxy;
  /** Whom the sentinels name. */
  primary(): Promise<RedisServer>;
  /** Kills the primary, with what has not reached its replicas, and waits for the next one. */
  failOver(): Promise<RedisServer>;
  /** Waits until all sentinels name another primary than `last`, and it takes writes. */
  successorOf(last: RedisServer): Promise<RedisServer>;
  stop(): Promise<void>;
}

export interface SentinelOptions {
  /** How late the replicas are from the start on, default 0: up to 250, or the sentinels take the primary for dead. */
  readonly lagMs?: number;
  /** How long the primary must be silent to be taken for dead, default 500. */
  readonly downAfterMs?: number;
  /** More arguments of each redis-server that keeps data. */
  readonly args?: readonly string[];
}

const name = "sluice";

/** Starts them on free loopback ports. The replicas follow, and the sentinels agree about all of them, when this resolves. */
export async function startSentinelSet(options: SentinelOptions = {}): Promise<SentinelSet> {
  const { lagMs = 0, downAfterMs = 500, args = [] } = options;
  await using started = new AsyncDisposableStack();
  const first = started.use(await startRedis({ args }));
  const network = started.use(await startFaultProxy(first));
  const following = ["--replicaof", `${network.host} ${network.port}`];
  const starts = [1, 2].map(async () =>
    started.use(await startRedis({ args: [...args, ...following] })),
  );
  const replicas = await Promise.all(starts);
  const watch = { name, primary: network, replicas, downAfterMs };
  const sentinels = started.use(await startSentinels(watch)).addresses;
  await Promise.all(replicas.map(async (replica) => isFollowing(replica)));
  await Promise.all(sentinels.map(async (sentinel) => isWatching(sentinel)));
  network.delay({ toClientMs: lagMs });
  const owned = started.move();
  const stop = async (): Promise<void> => owned.disposeAsync();
  const servers = [first, ...replicas];
  const named = async (): Promise<RedisServer | undefined> => {
    const views = await Promise.all(sentinels.map(portOfPrimary));
    const [port] = views;
    if (views.some((view) => view !== port)) return undefined;
    return port === network.port ? first : servers.find((server) => server.port === port);
  };
  const successorOf = async (last: RedisServer): Promise<RedisServer> =>
    until(`there is another primary than on port ${last.port}`, async () => {
      const next = await named();
      if (next === undefined || next === last) return undefined;
      return (await isPrimary(next)) ? next : undefined;
    });
  const primary = async (): Promise<RedisServer> => until("the sentinels name a primary", named);
  return {
    name,
    sentinels,
    natMap: { [`${network.host}:${network.port}`]: { host, port: first.port } },
    servers,
    network,
    primary,
    async failOver() {
      const last = await primary();
      const gone = last.kill();
      // Its last writes are on their way to the replicas: they are not to arrive.
      network.cut();
      await gone;
      return successorOf(last);
    },
    successorOf,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function portOfPrimary(sentinel: Address): Promise<number> {
  const answer = await ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
  return Number(Array.isArray(answer) ? answer[1] : undefined);
}

async function isPrimary(server: Address): Promise<boolean> {
  return String(await ask(server, "INFO", "replication")).includes("role:master");
}

async function isFollowing(replica: Address): Promise<void> {
  await until("the replicas have the data", async () => {
    const info = String(await ask(replica, "INFO", "replication"));
    return info.includes("master_link_status:up") || undefined;
  });
}

async function isWatching(sentinel: Address): Promise<void> {
  await until("the sentinels know all servers and each other", async () => {
    const info = String(await ask(sentinel, "INFO", "sentinel"));
    return /status=ok,.*slaves=2,sentinels=3/.test(info) || undefined;
  });
}
