import { choice, codes, key, list, name, required, text, toggle, type ElementType } from './element-type.ts';

export const sessionGroup: ElementType = {
  name: 'session-group',
  description: 'Agents that share calls',
  singleton: false,
  attributes: [
    key(required(name('group-name'))),
    text('description'),
    toggle('state', 'enabled'),
    choice('app-protocol', 'SIP', ['SIP', 'H323']),
    choice('strategy', 'Hunt', ['Hunt', 'RoundRobin', 'LeastBusy', 'PropDist', 'LowSusRate']),
    list('dest'),
    list('trunk-group'),
    toggle('sag-recursion', 'disabled'),
    codes('stop-sag-recurse', ['401', '407']),
    text('sip-recursion-policy'),
  ],
  subElements: [],
};
