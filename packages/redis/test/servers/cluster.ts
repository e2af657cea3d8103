import { ask } from "./ask.ts";
import { clusterNodes, layoutSeenBy, ownerSeenBy } from "./cluster-nodes.ts";
import { formCluster } from "./form-cluster.ts";
import { type MoveOptions, moveSlot } from "./move-slot.ts";
import type { Address } from "./port.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

/** Three masters, each with a replica, that share all slots. */
export interface RedisCluster extends AsyncDisposable {
  /** The first three began as masters, each of the others as the replica of the one three before it. */
  readonly servers: readonly RedisServer[];
  /** For a client: `new Cluster(nodes)`. */
  readonly nodes: readonly Address[];
  slotOf(key: string): Promise<number>;
  /** The master that has the slot of a key now. */
  ownerOf(key: string): Promise<RedisServer>;
  /** Moves a slot and its keys while they are in use. */
  moveSlot(slot: number, from: RedisServer, to: RedisServer, options?: MoveOptions): Promise<void>;
  /** Kills a master, and waits until all others say that its replica has its slots. Gives the replica. */
  failOver(master: RedisServer): Promise<RedisServer>;
  /** Waits until every server that runs says that all slots are served, and by whom as all others do. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** After how long without an answer a node counts as failed; default 1,000. */
  readonly nodeTimeoutMs?: number;
  /** More arguments of each redis-server. */
  readonly args?: readonly string[];
}

/** Starts a Cluster on free loopback ports: three masters and three replicas. All its slots are served when this resolves. */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const { nodeTimeoutMs = 1_000, args = [] } = options;
  const own = ["--cluster-enabled", "yes", "--cluster-node-timeout", `${nodeTimeoutMs}`];
  await using started = new AsyncDisposableStack();
  const starts = Array.from({ length: 6 }, async () =>
    started.use(await startRedis({ args: [...own, ...args] })),
  );
  const servers = await Promise.all(starts);
  await formCluster(servers);
  const owned = started.move();
  const stop = async (): Promise<void> => owned.disposeAsync();
  const running = (): readonly RedisServer[] => servers.filter(({ isRunning }) => isRunning);
  const slotOf = async (key: string): Promise<number> =>
    Number(await ask(running()[0]!, "CLUSTER", "KEYSLOT", key));
  /** Whom all that run name as the owner of a slot, when they agree and serve. */
  const ownerOfSlot = async (slot: number): Promise<RedisServer | undefined> => {
    const port = await agreed(running().map(async (at) => ownerSeenBy(at, slot)));
    return servers.find((server) => server.port === port);
  };
  return {
    servers,
    nodes: servers.map(({ host, port }) => ({ host, port })),
    slotOf,
    async ownerOf(key) {
      const slot = await slotOf(key);
      return until(`slot ${slot} has an owner`, async () => ownerOfSlot(slot));
    },
    async moveSlot(slot, from, to, move = {}) {
      await moveSlot(slot, { from, to, others: running() }, move);
    },
    async failOver(master) {
      const nodes = await clusterNodes(master);
      const slot = nodes.find(({ flags }) => flags.includes("myself"))?.slots[0]?.[0];
      if (slot === undefined) throw new Error(`the server on port ${master.port} has no slots`);
      await master.kill();
      return until(`a replica has taken over from port ${master.port}`, async () => {
        const owner = await ownerOfSlot(slot);
        return owner === master ? undefined : owner;
      });
    },
    async settled() {
      await until("all slots are served", async () => agreed(running().map(layoutSeenBy)));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** What all say; `undefined` when they do not agree. */
async function agreed<T>(views: readonly Promise<T>[]): Promise<T | undefined> {
  const distinct = new Set(await Promise.all(views));
  const [view] = distinct;
  return distinct.size === 1 ? view : undefined;
}
