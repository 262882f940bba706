// Bounds on what a stranger may send. One char of head text is one byte, so these are all bytes or counts.

/** Most bytes of a UDP datagram: what its 16-bit length can say. */
export const MAX_DATAGRAM_BYTES = 65_535;

/** Most bytes of one message on a stream, head and body together: no more than a datagram could carry. */
export const MAX_STREAM_MESSAGE_BYTES = 64 * 1024;

/** Most bytes from the start line to the blank line. The rest of a message is left to bodies. */
export const MAX_HEAD_BYTES = 32 * 1024;

/** Most bytes of one header, folded lines counted together. Room for an Identity with its certificate address. */
export const MAX_HEADER_BYTES = 8 * 1024;

/** Most header lines. A busy request with two proxies behind it has about thirty. */
export const MAX_HEADERS = 100;

/** Most values of Via, Route or Record-Route each: as many as the recommended Max-Forwards lets a request travel. */
export const MAX_HOPS = 70;

/** Most bytes of a Request-URI; above it 414. Twice what common proxies take. */
export const MAX_URI_BYTES = 2048;

/** Largest sequence number that CSeq can hold when received (RFC 3261 §8.1.1.5). */
export const MAX_CSEQ = 0xffff_ffff;

/** Largest Max-Forwards (RFC 3261 §20.22). */
export const MAX_FORWARDS = 255;
