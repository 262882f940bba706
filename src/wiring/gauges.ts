import type { Attendant } from '../dialects/webex/attendant/attendant.ts';
import type { Edge } from '../edge/edge.ts';
import type { Metrics } from '../journal/exposition.ts';
import type { Clock } from '../kit/clock.ts';
import { FIRST, type Peers } from '../kit/peers.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Voice } from '../voice/voice.ts';

interface CallGauged {
  readonly edge: Edge;
  readonly rulebook: Rulebook;
  readonly clock: Clock;
  readonly peers: Peers;
}

/**
 * The figures that are read off the parts that serve calls, whenever somebody asks for them. Of several threads each
 * tells what is its own, to be added up, and the first one what all have in common.
 */
export function addCallGauges(metrics: Metrics, { edge, rulebook, clock, peers }: CallGauged): void {
  metrics.gauge('tollgate_setups', 'Calls in set-up', () => edge.setups);
  metrics.gauge('tollgate_transactions', 'SIP transactions held', () => edge.transactions);
  metrics.gauge('tollgate_calls', 'Calls in set-up or answered', () => edge.calls);
  if (peers.self !== FIRST) return;
  metrics.gauge('tollgate_registered_users', 'Users who are registered', () => edge.registeredUsers);
  metrics.gauge('tollgate_gateways_in', 'Gateways in use', () => edge.gatewayStates.in);
  metrics.gauge('tollgate_gateways_out', 'Gateways passed over after failures', () => edge.gatewayStates.out);
  metrics.gauge('tollgate_gateways_waiting', 'Gateways in their Retry-After', () => edge.gatewayStates.waiting);
  metrics.gauge(
    'tollgate_udp_dropped_total',
    'Datagrams for the SIP listeners that the system dropped unread (Linux)',
    () => edge.droppedDatagrams,
  );
  metrics.gauge('tollgate_spenders_stopped', 'Trunks and users at a limit of spending', () => edge.spending.stopped);
  metrics.gauge('tollgate_bans', 'Sources that are banned', () => edge.guard.list().length);
  metrics.gauge('tollgate_rules_behind_seconds', 'For how long the rules have missed a change; 0: they miss none', () =>
    rulebook.behindSince === null ? 0 : Math.floor((clock.now() - rulebook.behindSince) / 1000),
  );
  metrics.gauge('tollgate_revision', 'Ledger revision that calls are decided by', () => rulebook.revision);
}

/** Likewise off the applications that answer calls. */
export function addApplicationGauges(
  metrics: Metrics,
  { voice, attendant }: { readonly voice: Voice; readonly attendant: Attendant },
): void {
  metrics.gauge('tollgate_application_calls', 'Calls that applications answer for', () => voice.calls);
  metrics.gauge('tollgate_application_lines', 'Lines with media of such calls, legs included', () => voice.lines);
  metrics.gauge('tollgate_attendant_callers', 'Callers who are asked for an access code', () => attendant.asked);
}
