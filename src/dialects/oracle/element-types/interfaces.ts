import {
  address,
  choice,
  integer,
  key,
  list,
  name,
  port,
  reference,
  required,
  text,
  toggle,
  type ElementType,
} from './element-type.ts';

export const steeringPool: ElementType = {
  name: 'steering-pool',
  description: 'Media ports of a realm',
  singleton: false,
  attributes: [
    key(required(address('ip-address'))),
    key(port('start-port')),
    key(port('end-port')),
    key(reference('realm-id', 'realm-config')),
    key(text('network-interface')),
    choice('port-allocation-strategy', 'mixed', ['mixed', 'pair', 'single']),
  ],
  subElements: [],
};

export const phyInterface: ElementType = {
  name: 'phy-interface',
  description: 'A port of the machine',
  singleton: false,
  attributes: [
    key(required(name('name'))),
    choice('operation-type', 'Media', ['Media', 'Control', 'Maintenance']),
    integer('port', 0, 0, 255),
    integer('slot', 0, 0, 255),
    text('virtual-mac'),
    toggle('admin-state', 'enabled'),
    toggle('auto-negotiation', 'enabled'),
    choice('duplex-mode', 'FULL', ['FULL', 'HALF']),
    choice('speed', '100', ['10', '100', '1000']),
    integer('wancom-health-score', 50, 0, 100),
    toggle('overload-protection', 'disabled'),
  ],
  subElements: [],
};

export const networkInterface: ElementType = {
  name: 'network-interface',
  description: 'An address on a port of the machine',
  singleton: false,
  attributes: [
    key(required(reference('name', 'phy-interface'))),
    key(integer('sub-port-id', 0, 0, 4095)),
    choice('family', '', ['', 'ipv4', 'ipv6']),
    text('description'),
    text('hostname'),
    address('ip-address'),
    text('pri-utility-addr'),
    text('sec-utility-addr'),
    text('netmask'),
    address('gateway'),
    address('sec-gateway'),
    address('dns-ip-primary'),
    address('dns-ip-backup1'),
    address('dns-ip-backup2'),
    text('dns-domain'),
    integer('dns-timeout', 11, 0, 4294967295),
    integer('dns-max-ttl', 86400, 0, 4294967295),
    integer('signaling-mtu', 0, 0, 4096),
    list('hip-ip-list'),
    list('icmp-address'),
    list('snmp-address'),
    list('ssh-address'),
  ],
  subElements: [],
};

export const hostRoute: ElementType = {
  name: 'host-route',
  description: 'A static route',
  singleton: false,
  attributes: [
    key(required(address('dest-network'))),
    text('netmask'),
    required(address('gateway')),
    text('description'),
  ],
  subElements: [],
};
