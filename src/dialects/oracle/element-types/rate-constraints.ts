import { choice, integer, key, type ElementType } from './element-type.ts';

export const rateConstraints: ElementType = {
  name: 'rate-constraints',
  description: 'Rates of one method',
  singleton: false,
  attributes: [
    key(
      choice('method', 'INVITE', [
        'NOTIFY',
        'INFO',
        'PRACK',
        'BYE',
        'CANCEL',
        'ACK',
        'OPTIONS',
        'REGISTER',
        'INVITE',
        'SUBSCRIBE',
        'MESSAGE',
        'UPDATE',
        'REFER',
        'PUBLISH',
      ]),
    ),
    integer('max-inbound-burst-rate', 0, 0, 999999999),
    integer('max-outbound-burst-rate', 0, 0, 999999999),
    integer('max-inbound-sustain-rate', 0, 0, 999999999),
    integer('max-outbound-sustain-rate', 0, 0, 999999999),
  ],
  subElements: [],
};
