import { ask } from "./ask.ts";
import type { Address } from "./port.ts";

/** A line of `CLUSTER NODES`: what one node of a Cluster thinks of another. */
export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly flags: readonly string[];
  /** Of a replica: its master's id. */
  readonly masterId: string | undefined;
  /** First and last of each range that it has. */
  readonly slots: readonly (readonly [first: number, last: number])[];
}

/** The Cluster as one of its nodes sees it. */
export async function clusterNodes(at: Address): Promise<readonly ClusterNode[]> {
  const lines = String(await ask(at, "CLUSTER", "NODES"));
  return lines.split("\n").flatMap((line) => (line === "" ? [] : [parse(line)]));
}

/** Who has a slot, as a node sees it; `undefined` while it does not serve requests itself. */
export async function ownerSeenBy(at: Address, slot: number): Promise<number | undefined> {
  if (!(await isServing(at))) return undefined;
  const nodes = await clusterNodes(at);
  return nodes.find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last))
    ?.port;
}

/** Who has which slots, as a node sees it, as one string; `undefined` while it does not serve requests itself. */
export async function layoutSeenBy(at: Address): Promise<string | undefined> {
  if (!(await isServing(at))) return undefined;
  const nodes = await clusterNodes(at);
  const owners = nodes.flatMap(({ port, slots }) => (slots.length > 0 ? [{ port, slots }] : []));
  return JSON.stringify(owners.toSorted((a, b) => a.port - b.port));
}

async function isServing(at: Address): Promise<boolean> {
  return String(await ask(at, "CLUSTER", "INFO")).includes("cluster_state:ok");
}

// <id> <ip:port@cport[,host]> <flags> <master> <ping-sent> <pong-recv> <config-epoch> <link-state> <slot> … <slot>
function parse(line: string): ClusterNode {
  const [id = "", address = "", flags = "", master = "-", , , , , ...slots] = line.split(" ");
  // A slot that is being moved is there once more, in brackets.
  const ranges = slots.filter((range) => !range.startsWith("["));
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    flags: flags.split(","),
    masterId: master === "-" ? undefined : master,
    slots: ranges.map((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      return [first, last];
    }),
  };
}
