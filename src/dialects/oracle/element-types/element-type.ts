/** What the text of an attribute must be. */
export type Syntax =
  | { readonly kind: 'text' | 'name' | 'host' | 'address' | 'source' | 'time' | 'days' | 'moment' | 'ping' | 'hop' }
  /** SIP response codes and ranges of them. */
  | { readonly kind: 'codes'; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** The key of an element of another type; `except` is allowed too. */
  | { readonly kind: 'reference'; readonly to: string; readonly except: string | null };

/** One attribute of an element type, from which metadata, template, validation and defaults all come. */
export interface Attribute {
  readonly name: string;
  readonly syntax: Syntax;
  /** As in the template; several values only where `list`. */
  readonly defaults: readonly string[];
  readonly list: boolean;
  readonly key: boolean;
  readonly required: boolean;
  /** Never shown again, and kept sealed. */
  readonly secret: boolean;
}

/** A type of configuration element, or of an element inside another. */
export interface ElementType {
  readonly name: string;
  readonly description: string;
  /** There is one of it, without keys. */
  readonly singleton: boolean;
  /** In the order of the template. */
  readonly attributes: readonly Attribute[];
  readonly subElements: readonly ElementType[];
}

const PLAIN = { list: false, key: false, required: false, secret: false };

export function text(attribute: string, initial = ''): Attribute {
  return { ...PLAIN, name: attribute, syntax: { kind: 'text' }, defaults: [initial] };
}

/** A name that other elements use: a letter, digit or underscore, then also `.` and `-`; 128 characters at most. */
export function name(attribute: string): Attribute {
  return { ...text(attribute), syntax: { kind: 'name' } };
}

/** A host name or an IP address; not a pattern of several. */
export function host(attribute: string): Attribute {
  return { ...text(attribute), syntax: { kind: 'host' } };
}

export function toggle(attribute: string, initial: 'enabled' | 'disabled'): Attribute {
  return choice(attribute, initial, ['enabled', 'disabled']);
}

export function choice(attribute: string, initial: string, values: readonly string[]): Attribute {
  return { ...text(attribute, initial), syntax: { kind: 'choice', values } };
}

export function integer(attribute: string, initial: number, minimum: number, maximum: number): Attribute {
  return { ...text(attribute, String(initial)), syntax: { kind: 'integer', minimum, maximum } };
}

/** A port that must be given. */
export function port(attribute: string): Attribute {
  return { ...required(integer(attribute, 0, 1, 65535)), defaults: [''] };
}

/** An IPv4 or IPv6 address without prefix. */
export function address(attribute: string, initial = ''): Attribute {
  return { ...text(attribute, initial), syntax: { kind: 'address' } };
}

/** `ip[/bits][:port[/port-bits]]`; IPv6 in brackets. */
export function source(attribute: string, initial: string): Attribute {
  return { ...text(attribute, initial), syntax: { kind: 'source' } };
}

/** `hhmm`, up to 2400. */
export function time(attribute: string, initial: string): Attribute {
  return { ...text(attribute, initial), syntax: { kind: 'time' } };
}

/** Letters U, M, T, W, R, F, S (Sunday to Saturday) and H (holiday), ranges and lists of them. */
export function days(attribute: string, initial: string): Attribute {
  return { ...text(attribute, initial), syntax: { kind: 'days' } };
}

/** `yyyy-mm-dd hh:mm:ss[.zzz]`, or nothing. */
export function moment(attribute: string): Attribute {
  return { ...text(attribute), syntax: { kind: 'moment' } };
}

/** A SIP method that agents are asked with, and as may be `;hops=` and its Max-Forwards; or nothing. */
export function pingMethod(attribute: string): Attribute {
  return { ...text(attribute), syntax: { kind: 'ping' } };
}

/** Where a policy sends calls: an agent, a group, or a host with or without a port. */
export function nextHop(attribute: string): Attribute {
  return { ...text(attribute), syntax: { kind: 'hop' } };
}

export function list(attribute: string, initial: readonly string[] = ['']): Attribute {
  return { ...text(attribute), defaults: initial, list: true };
}

/** SIP response codes and ranges of them, 300 to 599 where recursion stops; with commas between, or several values. */
export function codes(attribute: string, initial: readonly string[] = ['']): Attribute {
  return { ...list(attribute, initial), syntax: { kind: 'codes', minimum: 300, maximum: 599 } };
}

/** Likewise, of answers to pings, which may be any final ones. */
export function pingCodes(attribute: string): Attribute {
  return { ...list(attribute), syntax: { kind: 'codes', minimum: 200, maximum: 699 } };
}

export function reference(attribute: string, to: string, except: string | null = null): Attribute {
  return { ...text(attribute), syntax: { kind: 'reference', to, except } };
}

/** Several of them, or `*`. */
export function references(attribute: string, to: string, initial: readonly string[] = ['']): Attribute {
  return { ...list(attribute, initial), syntax: { kind: 'reference', to, except: '*' } };
}

export function secret(attribute: string): Attribute {
  return { ...text(attribute), secret: true };
}

export function key(attribute: Attribute): Attribute {
  return { ...attribute, key: true };
}

export function required(attribute: Attribute): Attribute {
  return { ...attribute, required: true };
}
