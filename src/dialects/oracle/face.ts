import type { FastifyReply, FastifyRequest } from 'fastify';
import { SbcError } from './errors.ts';
import { printXml, type XmlNode } from './xml.ts';

/** The path of this API; all others lie below it. */
export const ORACLE_PATH = '/rest';

/** The media type of all that it answers. */
export const XML = 'application/xml';

/** The document that every answer is. */
export function envelope(data: XmlNode, messages: readonly string[], links: readonly string[]): string {
  const message: XmlNode = messages.length > 0 ? { errorMessage: [...messages] } : {};
  const link: XmlNode = links.length > 0 ? { link: [...links] } : {};
  const response = printXml('response', { data: [data], messages: [message], links: [link] });
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${response}`;
}

/** Answers an error as this API does, also for requests that reach no operation. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof SbcError ? error : fromFramework(error);
  if (!known) request.log.error({ err: error }, 'an SBC operation failed');
  const { status, message } = known ?? new SbcError(500, 'Internal failure');
  const { type, body } = printError(status, message);
  void reply.code(status).type(type).send(body);
}

function printError(_status: number, message: string): { type: string; body: string } {
  return { type: XML, body: envelope({}, [message], []) };
}

/** How this API words errors of requests that reach none of its operations. */
export const ORACLE_FACE = { below: ORACLE_PATH, sendError, printError };

/** What the framework refuses before an operation is reached: too large, unreadable. */
function fromFramework(error: unknown): SbcError | undefined {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  return statusCode !== undefined && statusCode < 500 ? new SbcError(statusCode, message ?? 'Bad request') : undefined;
}
