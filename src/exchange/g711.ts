const BIAS = 0x84;
const LOUDEST = 32_635;

/** Samples a second of G.711 (and of RTP's PCMU timestamp clock, RFC 3551 §4.5.14). */
export const SAMPLE_RATE = 8000;

/** One 16-bit linear sample as a µ-law octet (ITU-T G.711). Louder than the code can say is clipped. */
export function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(Math.trunc(sample)), LOUDEST) + BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** One 16-bit linear sample as an A-law octet (ITU-T G.711), every other bit turned over as it goes on the line. */
export function encodeALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // Thirteen bits; a negative sample is counted from -1, as in the standard's tables.
  const magnitude = Math.min((sample < 0 ? ~Math.trunc(sample) : Math.trunc(sample)) >> 3, 0xfff);
  const exponent = Math.max(0, 27 - Math.clz32(magnitude));
  const mantissa = (exponent === 0 ? magnitude >> 1 : magnitude >> exponent) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/** The linear sample that a µ-law octet stands for. */
export function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

/** The linear sample that an A-law octet stands for. */
export function decodeALaw(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits >> 4) & 0x07;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? step : (step + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}
