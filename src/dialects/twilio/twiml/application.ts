import type { CallApplication, ControlledCall, LegOutcome } from '../../../rulebook/call-control.ts';
import type { RuleReference } from '../../../rulebook/rule.ts';
import type { CallBook } from '../calls/book.ts';
import { DIALECT, read, type ByocTrunk, type Documents, type SipDomain } from '../documents.ts';
import type { Studio } from './audio/studio.ts';
import { sipParameters } from './parameters.ts';
import { Script } from './script.ts';
import { SIP_STATUS } from './verbs/reject.ts';
import { finish, StatusCallbacks, type Callbacks, type CallbackWish } from './status-callbacks.ts';
import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod } from './webhook/webhooks.ts';

/** The SIP status of a call that no script answers. */
const UNAVAILABLE = 480;

interface Hook {
  readonly url: string;
  readonly method: HttpMethod;
}

/** What a customer set for the calls that come to a SIP domain. */
interface VoiceSettings {
  readonly voice: Hook | null;
  readonly fallback: Hook | null;
  readonly status: Hook | null;
  readonly rule: RuleReference;
  /** Whether the caller's own headers are told of. */
  readonly headers: boolean;
}

export interface TwilioApplicationOptions {
  readonly documents: Documents;
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly studio: Studio;
}

/** Answers the calls that come to SIP domains: the domain's VoiceUrl says what happens to them. */
export class TwilioApplication implements CallApplication {
  readonly #options: TwilioApplicationOptions;

  constructor(options: TwilioApplicationOptions) {
    this.#options = options;
  }

  /** `application` is the SID of the SIP domain, or of the BYOC trunk that it is the way into. */
  async handle(call: ControlledCall, application: string): Promise<void> {
    const { documents, book, callbacks, studio } = this.#options;
    const domain = await read(documents, 'sip-domain', call.trunk.slice(DIALECT.length + 1));
    if (call.gone.aborted) return;
    if (!domain) return call.reject(UNAVAILABLE, 'the SIP domain is gone');
    const settings = await settingsOf(documents, domain, application);
    const from = sipUri(call.from, domain);
    const live = book.open({ from, to: call.to, direction: 'inbound', parent_call_sid: null });
    const extra = parametersOf(call, domain, settings);
    const wish: CallbackWish | null = settings.status && { ...settings.status, events: ['completed'] };
    const told = new StatusCallbacks(wish, callbacks, live, (text) => call.note(text), extra);
    void call.ended.then((outcome) => finish(live, told, asRejected(outcome)));
    if (!settings.voice) return call.reject(UNAVAILABLE, 'the SIP domain has no VoiceUrl');

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
      redirect: (to) => script.redirect('twiml' in to ? to : { ...to, parameters: [] }),
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

async function settingsOf(documents: Documents, domain: SipDomain, application: string): Promise<VoiceSettings> {
  // A carrier's own line is set up on its trunk; the domain is only the way in.
  const byoc = application === domain.sid ? undefined : await read(documents, 'byoc-trunk', application);
  if (byoc) return fromByocTrunk(byoc);
  return {
    voice: hook(domain.voice_url, domain.voice_method),
    fallback: hook(domain.voice_fallback_url, domain.voice_fallback_method),
    status: hook(domain.voice_status_callback_url, domain.voice_status_callback_method),
    rule: { resource: `SipDomain ${domain.sid}`, field: 'VoiceUrl' },
    headers: true,
  };
}

function fromByocTrunk(trunk: ByocTrunk): VoiceSettings {
  return {
    voice: hook(trunk.voice_url, trunk.voice_method),
    fallback: hook(trunk.voice_fallback_url, trunk.voice_fallback_method),
    status: hook(trunk.status_callback_url, trunk.status_callback_method),
    rule: { resource: `ByocTrunk ${trunk.sid}`, field: 'VoiceUrl' },
    headers: false,
  };
}

function hook(url: string | null, method: HttpMethod): Hook | null {
  return url === null || url === '' ? null : { url, method };
}

function parametersOf(
  call: ControlledCall,
  { sid, domain_name: name }: SipDomain,
  { headers }: VoiceSettings,
): Parameters {
  const all = sipParameters(call, { sid, name });
  return headers ? all : all.filter(([parameter]) => !parameter.startsWith('SipHeader_'));
}

function sipUri(from: string, { domain_name }: SipDomain): string {
  return /^sips?:/i.test(from) ? from : `sip:${from}@${domain_name}`;
}
