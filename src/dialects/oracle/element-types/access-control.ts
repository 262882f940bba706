import { choice, integer, key, reference, source, text, type ElementType } from './element-type.ts';

export const accessControl: ElementType = {
  name: 'access-control',
  description: 'Static access rules and trust of a realm',
  singleton: false,
  attributes: [
    key(reference('realm-id', 'realm-config')),
    text('description'),
    key(source('source-address', '0.0.0.0')),
    key(source('destination-address', '0.0.0.0')),
    key(choice('application-protocol', '', ['', 'SIP', 'H323', 'MGCP', 'DIAMETER', 'NONE'])),
    key(choice('transport-protocol', 'ALL', ['ALL', 'TCP', 'UDP'])),
    choice('access', 'permit', ['permit', 'deny']),
    integer('average-rate-limit', 0, 0, 4294967295),
    choice('trust-level', 'none', ['none', 'low', 'medium', 'high']),
    integer('minimum-reserved-bandwidth', 0, 0, 4294967295),
    integer('invalid-signal-threshold', 0, 0, 4294967295),
    integer('maximum-signal-threshold', 0, 0, 4294967295),
    integer('untrusted-signal-threshold', 0, 0, 4294967295),
    integer('nat-trust-threshold', 0, 0, 65535),
    integer('max-endpoints-per-nat', 0, 0, 65535),
    integer('nat-invalid-message-threshold', 0, 0, 65535),
    integer('deny-period', 30, 0, 4294967295),
    integer('cac-failure-threshold', 0, 0, 999999999),
    integer('untrust-cac-failure-threshold', 0, 0, 999999999),
  ],
  subElements: [],
};
