/**
 * The subject value for a client's address: IPv4 as it is, IPv4-mapped IPv6 as IPv4, any other IPv6 by its first `subnet` bits, of
 * which one client has what follows; a port is left out. Anything else, as a forged forwarding header may bring, is cut at 64 characters;
 * `"unknown"` for none.
 */
export function clientIp(address: string | undefined, subnet = 64): string {
  if (!address) return "unknown";
  // What nearly all are, and what node makes of them on a socket for both kinds.
  if (isIpv4(address, 0)) return address;
  if (address.startsWith("::ffff:") && isIpv4(address, 7)) return address.slice(7);
  const ip = address.length <= 64 ? withoutPort(address) : address;
  const groups = address.length <= 64 ? ipv6Groups(ip) : undefined;
  if (groups === undefined) return ip.slice(0, 64);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  if (isMapped) {
    const [high, low] = [groups[6]!, groups[7]!];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const network = groups.slice(0, Math.ceil(subnet / 16));
  const extra = network.length * 16 - subnet;
  if (extra > 0) network[network.length - 1]! &= 0xff_ff << extra;
  const prefix = network.map((group) => group.toString(16)).join(":");
  return network.length === 8 ? `${prefix}/${subnet}` : `${prefix}::/${subnet}`;
}

/** Whether `text` from `from` on is an IPv4 address as it is written by machines: four numbers without zeros before them. */
function isIpv4(text: string, from: number): boolean {
  if (text.length - from > 15) return false;
  let parts = 1;
  let value = -1;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9 && value !== 0) value = value < 0 ? digit : value * 10 + digit;
    else if (digit === -2 && value >= 0) {
      parts++;
      value = -1;
    } else return false;
    if (value > 255) return false;
  }
  return parts === 4 && value >= 0;
}

/** Some proxies send `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(address: string): string {
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(address) ?? [];
  return bracketed ?? plain ?? address;
}

/** The eight groups of an IPv6 address in any of its spellings (RFC 4291 §2.2, zone ids of RFC 4007 §11 left out). */
function ipv6Groups(address: string): number[] | undefined {
  const [plain = ""] = address.split("%");
  if (!plain.includes(":")) return undefined;
  const [front = "", back, ...more] = plain.split("::");
  if (more.length > 0) return undefined;
  const before = parseGroups(front, back === undefined);
  const after = parseGroups(back ?? "", true);
  if (before === undefined || after === undefined) return undefined;
  const gap = 8 - before.length - after.length;
  if (back === undefined ? gap !== 0 : gap < 1) return undefined;
  return [...before, ...Array.from({ length: gap }, () => 0), ...after];
}

/** Sixteen bits each; only the last two of an address may be written as IPv4. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const bytes = isLast && index === parts.length - 1 ? ipv4Bytes(part) : undefined;
      if (bytes === undefined) return undefined;
      groups.push(bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!);
    }
  }
  return groups;
}

function ipv4Bytes(text: string): number[] | undefined {
  const bytes = text.split(".").map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? bytes : undefined;
}
