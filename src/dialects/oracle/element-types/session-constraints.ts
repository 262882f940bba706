import { integer, key, name, required, toggle, type ElementType } from './element-type.ts';
import { rateConstraints } from './rate-constraints.ts';

export const sessionConstraints: ElementType = {
  name: 'session-constraints',
  description: 'Limits that realms and interfaces can share',
  singleton: false,
  attributes: [
    key(required(name('name'))),
    toggle('state', 'enabled'),
    integer('max-sessions', 0, 0, 999999999),
    integer('max-inbound-sessions', 0, 0, 999999999),
    integer('max-outbound-sessions', 0, 0, 999999999),
    integer('max-burst-rate', 0, 0, 999999999),
    integer('max-inbound-burst-rate', 0, 0, 999999999),
    integer('max-outbound-burst-rate', 0, 0, 999999999),
    integer('max-sustain-rate', 0, 0, 999999999),
    integer('max-inbound-sustain-rate', 0, 0, 999999999),
    integer('max-outbound-sustain-rate', 0, 0, 999999999),
    integer('min-seizures', 5, 1, 999999999),
    integer('min-asr', 0, 0, 100),
    integer('time-to-resume', 0, 0, 999999999),
    integer('ttr-no-response', 0, 0, 999999999),
    integer('in-service-period', 0, 0, 999999999),
    integer('burst-rate-window', 0, 0, 999999999),
    integer('sustain-rate-window', 0, 0, 999999999),
  ],
  subElements: [rateConstraints],
};
