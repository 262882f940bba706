import { choice, integer, key, list, name, required, text, toggle, type ElementType } from './element-type.ts';

export const mediaProfile: ElementType = {
  name: 'media-profile',
  description: 'A codec and how it is described',
  singleton: false,
  attributes: [
    key(required(name('name'))),
    key(text('subname')),
    choice('media-type', '', ['', 'audio', 'video', 'text', 'application', 'data', 'image']),
    text('payload-type'),
    choice('transport', '', ['', 'RTP/AVP', 'UDP', 'RTP/SAVP']),
    integer('clock-rate', 0, 0, 4294967295),
    integer('req-bandwidth', 0, 0, 999999999),
    integer('frames-per-packet', 0, 0, 256),
    list('parameters'),
    integer('average-rate-limit', 0, 0, 4294967295),
    integer('peak-rate-limit', 0, 0, 4294967295),
    integer('max-burst-size', 0, 0, 4294967295),
    integer('sdp-bandwidth', 0, 0, 4294967295),
    integer('sdp-rate-limit-headroom', 0, 0, 100),
    toggle('police-rate', 'disabled'),
    text('standard-pkt-rate', '0'),
  ],
  subElements: [],
};

export const codecPolicy: ElementType = {
  name: 'codec-policy',
  description: 'Which codecs pass',
  singleton: false,
  attributes: [
    key(required(name('name'))),
    list('allow-codecs'),
    list('add-codecs-on-egress'),
    list('order-codecs'),
    toggle('force-ptime', 'disabled'),
    text('packetization-time', '20'),
    toggle('secure-dtmf-cancellation', 'disabled'),
    toggle('dtmf-in-audio', 'disabled'),
    list('tone-detection'),
  ],
  subElements: [],
};
