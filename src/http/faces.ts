import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How a dialect words errors of requests that reach none of its operations. */
export interface ErrorFace {
  /** The paths that are its own: this one and all below. */
  readonly below: string;
  readonly sendError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;
  /** The same where there is no request yet, because it could not be read. */
  readonly printError: (status: number, message: string) => { readonly type: string; readonly body: string };
}

/** The face of a path; undefined for the gate's own. */
export function faceOf(faces: readonly ErrorFace[], path: string): ErrorFace | undefined {
  return faces.find(({ below }) => path === below || path.startsWith(`${below}/`) || path.startsWith(`${below}?`));
}

/** What the HTTP parser refuses, as it reports that. */
interface ClientError extends Error {
  readonly code?: string;
  /** What it was reading: the beginning of the request, unless that came in many pieces. */
  readonly rawPacket?: unknown;
}

/** Answers what is no request, in the words of the dialect that it was meant for, and closes the connection. */
export function answerClientError(faces: readonly ErrorFace[], error: ClientError, socket: Duplex): void {
  // What comes after the fault is at fault too.
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.writableEnded) return;
  const [status, message] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'The request is not well-formed HTTP'];
  const { rawPacket } = error;
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1', 0, LONGEST_LINE) : '';
  const [, path = ''] = /^[\w-]+ (\S+)/.exec(text) ?? [];
  const { type, body } = faceOf(faces, path)?.printError(status, message) ?? ownError(status, message);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closed with the rest unread, the connection would be reset, and the client might never see why.
  const cut = setTimeout(() => socket.destroy(error), LAST_READ);
  socket.once('close', () => clearTimeout(cut));
}

/** Milliseconds in which the rest of what could not be read is taken and thrown away. */
const LAST_READ = 1000;

/** Bytes of what could not be read in which its path is looked for. */
const LONGEST_LINE = 1024;

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large'],
};

function ownError(status: number, message: string): { type: string; body: string } {
  const error = { 408: 'request_timeout', 431: 'headers_too_large' }[status] ?? 'bad_request';
  return { type: 'application/json', body: JSON.stringify({ error, message }) };
}
