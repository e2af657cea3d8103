import { isIPv6 } from "node:net";

/**
 * The key of a client's address: IPv4 as it is, IPv4 within IPv6 as IPv4, IPv6 as the network of its first `ipv6Subnet` bits, as
 * `2001:db8::/56` (RFC 5952), or as it is for `false`. Default: 56.
 */
export function ipKeyGenerator(ip: string, ipv6Subnet: number | false = 56): string {
  if (!isIPv6(ip)) return ip;
  const groups = groupsOf(ip);
  // IPv4-mapped in any spelling (RFC 4291 §2.5.5.2); the deprecated compatible form only where it is spelled so, since ::1 is in its range.
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  const isCompatible = groups.slice(0, 6).every((group) => group === 0) && ip.includes(".");
  if (isMapped || isCompatible) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join(".");
  }
  if (!ipv6Subnet) return ip;
  const network = groups.map((group, index) => {
    const bits = Math.min(16, Math.max(0, ipv6Subnet - index * 16));
    return group & (0xff_ff << (16 - bits));
  });
  return `${shortest(network)}/${ipv6Subnet}`;
}

/** The eight groups of a valid address. */
function groupsOf(ip: string): number[] {
  const [plain = ""] = ip.split("%");
  const hex = plain.replace(/[\d.]+$/, (tail) => (tail.includes(".") ? asHex(tail) : tail));
  const [front = "", back] = hex.split("::");
  const before = parse(front);
  const after = parse(back ?? "");
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after];
}

function parse(groups: string): number[] {
  return groups === "" ? [] : groups.split(":").map((group) => Number.parseInt(group, 16));
}

function asHex(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** The longest run of zeros, the first of equals, is left out (RFC 5952 §4.2). */
function shortest(groups: readonly number[]): string {
  let [from, length] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > length) [from, length] = [start, end - start];
  }
  const text = groups.map((group) => group.toString(16));
  if (length < 2) return text.join(":");
  return `${text.slice(0, from).join(":")}::${text.slice(from + length).join(":")}`;
}
