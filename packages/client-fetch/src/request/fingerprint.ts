/** 64 bits that tell texts apart, for maps in memory; whoever makes the texts can make two alike. Two lanes after FNV-1a. */
export function fingerprint(...texts: readonly string[]): string {
  let one = 0x81_1c_9d_c5;
  let other = 0x9d_c5_81_1c;
  for (const text of texts) {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      one = Math.imul(one ^ code, 0x01_00_01_93);
      other = Math.imul(other ^ code, 0x85_eb_ca_6b) ^ (other >>> 15);
    }
    // So that ("ab", "c") and ("a", "bc") differ.
    one = Math.imul(one ^ 0x1_00_00, 0x01_00_01_93);
    other = Math.imul(other ^ 0x1_00_00, 0x85_eb_ca_6b);
  }
  return (one >>> 0).toString(36) + (other >>> 0).toString(36);
}
