const slots = 16_384;

/** The slot of a Cluster that keys with such a hash tag lie in: CRC-16/XMODEM of its bytes. `tag` is ASCII, and not empty. */
export function hashSlot(tag: string): number {
  let crc = 0;
  for (let at = 0; at < tag.length; at++) {
    crc = ((crc << 8) & 0xffff) ^ remainders[(crc >> 8) ^ tag.charCodeAt(at)]!;
  }
  return crc % slots;
}

/** Of each byte, what is left of it after division by x¹⁶ + x¹² + x⁵ + 1. */
const remainders = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc;
});
