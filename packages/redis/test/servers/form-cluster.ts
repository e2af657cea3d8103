import { ask } from "./ask.ts";
import { clusterNodes, layoutSeenBy } from "./cluster-nodes.ts";
import type { Address } from "./port.ts";
import { until } from "./until.ts";

const slots = 16_384;

/** Makes one Cluster of fresh servers: the first half share the slots, each of the others is the replica of one of them. */
export async function formCluster(servers: readonly Address[]): Promise<void> {
  const half = servers.length / 2;
  const [masters, replicas] = [servers.slice(0, half), servers.slice(half)];
  const shares = masters.map(async (master, index) => {
    const [first, end] = [index, index + 1].map((share) => Math.floor((slots * share) / half));
    const range = Array.from({ length: end! - first! }, (_, offset) => first! + offset);
    await ask(master, "CLUSTER", "ADDSLOTS", ...range);
  });
  await Promise.all(shares);
  await Promise.all(
    servers.map(async (server, index) => ask(server, "CLUSTER", "SET-CONFIG-EPOCH", index + 1)),
  );
  await Promise.all(servers.map(async (server, index) => meet(server, servers.slice(index + 1))));
  await everywhere(servers, "all have met", async (server) => {
    const nodes = await clusterNodes(server);
    return (
      nodes.length === servers.length && !nodes.some(({ flags }) => flags.includes("handshake"))
    );
  });
  const joined = replicas.map(async (replica, index) =>
    ask(replica, "CLUSTER", "REPLICATE", String(await ask(masters[index]!, "CLUSTER", "MYID"))),
  );
  await Promise.all(joined);
  await everywhere(servers, "all slots are served, and replicated", async (server) => {
    const nodes = await clusterNodes(server);
    const known = nodes.filter(({ masterId }) => masterId !== undefined).length;
    return known === replicas.length && (await layoutSeenBy(server)) !== undefined;
  });
  await everywhere(replicas, "replicas have the data", async (replica) =>
    String(await ask(replica, "INFO", "replication")).includes("master_link_status:up"),
  );
}

async function meet(server: Address, others: readonly Address[]): Promise<void> {
  for (const { host, port } of others) await ask(server, "CLUSTER", "MEET", host, port);
}

async function everywhere(
  servers: readonly Address[],
  what: string,
  isSo: (server: Address) => Promise<boolean>,
): Promise<void> {
  await Promise.all(
    servers.map(async (server) => until(what, async () => (await isSo(server)) || undefined)),
  );
}
