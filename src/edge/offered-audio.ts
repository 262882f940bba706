import type { SipRequest } from '../sip/message/message.ts';

/** An `m=` line of audio: its port and its profile (RFC 8866 §5.14). */
const AUDIO = /^m=audio[ \t]+(\d+)\S*[ \t]+(\S+)/gim;

/** RTP/SAVP, RTP/SAVPF (RFC 3711, RFC 5124), and the same keyed by DTLS (RFC 5764). */
const ENCRYPTED_PROFILE = /^(?:UDP\/TLS\/)?RTP\/SAVPF?$/i;

/** Whether the offer in a request has audio that could go unencrypted; false also without an offer. */
export function offersPlainAudio({ body }: SipRequest): boolean {
  for (const [, port, profile = ''] of body.toString('latin1').matchAll(AUDIO))
    if (Number(port) > 0 && !ENCRYPTED_PROFILE.test(profile)) return true;
  return false;
}
