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
