/** Linear value of a µ-law octet (ITU-T G.711). */
export function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

/** Linear value of an A-law octet (ITU-T G.711). */
export function decodeALaw(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits >> 4) & 0x07;
  const base = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? base : (base + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
