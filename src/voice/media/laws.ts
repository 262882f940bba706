import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from '../../exchange/g711.ts';
import type { Law } from '../../exchange/sdp.ts';
import type { Pcm } from '../../rulebook/call-control.ts';

/** Both are spoken; the first is offered first. */
export const LAWS: readonly Law[] = ['pcmu', 'pcma'];

const DECODED: Record<Law, Pcm> = {
  pcmu: Int16Array.from({ length: 256 }, (_, octet) => decodeMuLaw(octet)),
  pcma: Int16Array.from({ length: 256 }, (_, octet) => decodeALaw(octet)),
};

const ENCODE: Record<Law, (sample: number) => number> = { pcmu: encodeMuLaw, pcma: encodeALaw };

/** Each octet of the key's law in the other one. */
const TURNED: Record<Law, Uint8Array> = {
  pcmu: Uint8Array.from(DECODED.pcmu, encodeALaw),
  pcma: Uint8Array.from(DECODED.pcma, encodeMuLaw),
};

export function decode(payload: Buffer, law: Law): Pcm {
  const table = DECODED[law];
  const pcm = new Int16Array(payload.length);
  for (let index = 0; index < payload.length; index += 1) pcm[index] = table[payload[index] ?? 0] ?? 0;
  return pcm;
}

export function encode(audio: Pcm, law: Law): Buffer {
  const one = ENCODE[law];
  const payload = Buffer.allocUnsafe(audio.length);
  for (let index = 0; index < audio.length; index += 1) payload[index] = one(audio[index] ?? 0);
  return payload;
}

/** The payload in the other peer's law: a copy, or the same bytes where both have one. */
export function transcode(payload: Buffer, from: Law, to: Law): Buffer {
  if (from === to) return payload;
  const table = TURNED[from];
  const turned = Buffer.allocUnsafe(payload.length);
  for (let index = 0; index < payload.length; index += 1) turned[index] = table[payload[index] ?? 0] ?? 0;
  return turned;
}
