import { MOST_DOCUMENT_BYTES } from './document.ts';
import { TwimlFault, type Warn } from './faults.ts';
import type { Verb } from './stage.ts';
import { readDocument } from './verbs.ts';
import type { WebhookReply } from './webhook/webhooks.ts';

const XML_TYPES = new Set(['text/xml', 'application/xml', 'text/html', 'application/xhtml+xml']);

/** Bytes of an answer to a request for a document. */
export const MOST_ANSWER_BYTES = MOST_DOCUMENT_BYTES;

/** The verbs of what a web server answered: a document, or plain text, which the vendor has read out. Throws TwimlFault. */
export function readAnswer(reply: WebhookReply, warn: Warn): Verb[] {
  const { contentType, body } = reply;
  if (body.length === 0) throw new TwimlFault(11770, 'there is no document in it');
  if (XML_TYPES.has(contentType)) return readDocument(textOf(reply), warn);
  if (contentType === 'text/plain')
    return readDocument(`<Response><Say>${escape(textOf(reply))}</Say></Response>`, warn);
  throw new TwimlFault(12300, contentType === '' ? 'there is none' : `${contentType.slice(0, 60)} is no document`);
}

/** XML 1.0 §4.3.3: what the transport says comes before what the document says of itself. */
function textOf({ body, charset }: WebhookReply): string {
  const declared = /^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.-]{1,40})/.exec(body.toString('latin1', 0, 200))?.[1];
  try {
    return new TextDecoder(charset ?? declared ?? 'utf-8', { fatal: true }).decode(body);
  } catch {
    throw new TwimlFault(12100, 'its characters are not in the encoding that it names');
  }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
