import { isIPv6 } from "node:net";

import { clientIp } from "@sluice/core";

/**
 * An address as a key: IPv4-mapped IPv6 as IPv4, any other IPv6 as the first address of its subnet of so many bits (default: 64), written as
 * RFC 5952 says, and what is no IPv6 address in lower case.
 */
export function normalizeIP(ip: string, ipv6Subnet: number = 64): string {
  if (!isIPv6(ip)) return ip.toLowerCase();
  const address = clientIp(ip, Math.min(Math.max(Math.trunc(ipv6Subnet), 0), 128));
  const [network = ""] = address.split("/");
  if (!address.includes("/")) return network;
  const groups = network.split(":").filter(Boolean);
  while (groups.length < 8) groups.push("0");
  return compressed(groups);
}

/** With the first of the longest runs of zeros left out, if it has two or more (RFC 5952 §4.2). */
function compressed(groups: readonly string[]): string {
  let [best, length] = [0, 1];
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (groups[to] === "0") to++;
    if (to - from > length) [best, length] = [from, to - from];
  }
  if (length === 1) return groups.join(":");
  return `${groups.slice(0, best).join(":")}::${groups.slice(best + length).join(":")}`;
}
