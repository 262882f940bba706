import type { CallApplication, ControlledCall, LegOutcome } from '../../../rulebook/call-control.ts';
import type { RuleReference } from '../../../rulebook/rule.ts';
import type { CallBook } from '../calls/book.ts';
import {
  DIALECT,
  read,
  type ByocTrunk,
  type Documents,
  type IncomingPhoneNumber,
  type SipDomain,
} from '../documents.ts';
import type { Studio } from './audio/studio.ts';
import { sipParameters } from './parameters.ts';
import { Script } from './script.ts';
import { SIP_STATUS } from './verbs/reject.ts';
import { finish, StatusCallbacks, type Callbacks, type CallbackWish } from './status-callbacks.ts';
import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod } from './webhook/webhooks.ts';

/** Who calls from the telephone network without a number. */
const ANONYMOUS = 'anonymous';

/** The SIP status of a call that no script answers. */
const UNAVAILABLE = 480;

interface Hook {
  readonly url: string;
  readonly method: HttpMethod;
}

/** What a customer set for the calls that come to a SIP domain or a number. */
interface VoiceSettings {
  readonly voice: Hook | null;
  readonly fallback: Hook | null;
  readonly status: Hook | null;
  readonly rule: RuleReference;
}

/** A call as the vendor tells of it. */
interface Line {
  readonly from: string;
  readonly to: string;
  /** SID of the number that was called. */
  readonly number: string | null;
  readonly settings: VoiceSettings;
  /** What every webhook tells besides. */
  readonly extra: Parameters;
}

export interface TwilioApplicationOptions {
  readonly documents: Documents;
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly studio: Studio;
}

/** Answers the calls that come to SIP domains and to numbers: their VoiceUrl says what happens to them. */
export class TwilioApplication implements CallApplication {
  readonly #options: TwilioApplicationOptions;

  constructor(options: TwilioApplicationOptions) {
    this.#options = options;
  }

  /** `application` is the SID of the SIP domain, of the BYOC trunk that it is the way into, or of the number. */
  async handle(call: ControlledCall, application: string): Promise<void> {
    const { documents, book, callbacks, studio } = this.#options;
    const line = await lineOf(documents, call, application);
    if (call.gone.aborted) return;
    if (!line) return call.reject(UNAVAILABLE, 'what was called is gone');
    const { from, to, number, settings, extra } = line;
    const live = book.open({
      from,
      to,
      direction: 'inbound',
      parent_call_sid: null,
      ...(number !== null && { phone_number_sid: number }),
    });
    const wish: CallbackWish | null = settings.status && { ...settings.status, events: ['completed'] };
    const told = new StatusCallbacks(wish, callbacks, live, (text) => call.note(text), extra);
    void call.ended.then((outcome) => finish(live, told, asRejected(outcome)));
    if (!settings.voice) return call.reject(UNAVAILABLE, `${settings.rule.resource} has no VoiceUrl`);

    call.note(`TwiML call ${live.sid}`, settings.rule);
    const script = new Script({
      call,
      live,
      book,
      callbacks,
      studio,
      fallback: settings.fallback,
      extra,
      rule: settings.rule,
    });
    live.control = {
      redirect: (next) => script.redirect('twiml' in next ? next : { ...next, parameters: [] }),
      hangUp: () => call.hangUp(),
    };
    call.ring();
    await script.run({ ...settings.voice, parameters: [] });
  }
}

/** A Reject without a reason counts as a call that nobody answered, as the vendor documents. */
function asRejected(outcome: LegOutcome): LegOutcome {
  const rejected = outcome.kind !== 'answered' && outcome.status === SIP_STATUS.rejected;
  return rejected ? { ...outcome, kind: 'no-answer' } : outcome;
}

async function lineOf(documents: Documents, call: ControlledCall, application: string): Promise<Line | undefined> {
  if (application.startsWith('PN')) {
    const number = await read(documents, 'incoming-phone-number', application);
    return number && lineOfNumber(number, call);
  }
  const domain = await read(documents, 'sip-domain', call.trunk.slice(DIALECT.length + 1));
  if (!domain) return undefined;
  // A carrier's own line is set up on its trunk; the domain is only the way in.
  const byoc = application === domain.sid ? undefined : await read(documents, 'byoc-trunk', application);
  const told = sipParameters(call, { sid: domain.sid, name: domain.domain_name });
  return {
    from: sipUri(call.from, domain),
    to: call.to,
    number: null,
    settings: byoc ? settingsOfByocTrunk(byoc) : settingsOfDomain(domain),
    // A carrier's own headers are not told of.
    extra: byoc ? told.filter(([name]) => !name.startsWith('SipHeader_')) : told,
  };
}

/** A call of the telephone network: between numbers, and nothing of it is SIP to the customer. */
function lineOfNumber(number: IncomingPhoneNumber, call: ControlledCall): Line {
  return {
    from: /^sips?:/i.test(call.from) ? ANONYMOUS : call.from,
    to: number.phone_number,
    number: number.sid,
    settings: {
      voice: hook(number.voice_url, number.voice_method),
      fallback: hook(number.voice_fallback_url, number.voice_fallback_method),
      status: hook(number.status_callback, number.status_callback_method),
      rule: { resource: `IncomingPhoneNumber ${number.sid}`, field: 'VoiceUrl' },
    },
    extra: [],
  };
}

function settingsOfDomain(domain: SipDomain): VoiceSettings {
  return {
    voice: hook(domain.voice_url, domain.voice_method),
    fallback: hook(domain.voice_fallback_url, domain.voice_fallback_method),
    status: hook(domain.voice_status_callback_url, domain.voice_status_callback_method),
    rule: { resource: `SipDomain ${domain.sid}`, field: 'VoiceUrl' },
  };
}

function settingsOfByocTrunk(trunk: ByocTrunk): VoiceSettings {
  return {
    voice: hook(trunk.voice_url, trunk.voice_method),
    fallback: hook(trunk.voice_fallback_url, trunk.voice_fallback_method),
    status: hook(trunk.status_callback_url, trunk.status_callback_method),
    rule: { resource: `ByocTrunk ${trunk.sid}`, field: 'VoiceUrl' },
  };
}

function hook(url: string | null, method: HttpMethod): Hook | null {
  return url === null || url === '' ? null : { url, method };
}

function sipUri(from: string, { domain_name }: SipDomain): string {
  return /^sips?:/i.test(from) ? from : `sip:${from}@${domain_name}`;
}
