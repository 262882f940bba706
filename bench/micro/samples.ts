const SDP =
  'v=0\r\no=a 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 49160 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n';

/** An INVITE with credentials and SDP, as a telephone sends it. */
export const INVITE = [
  'INVITE sip:+12065550100@abcdefghijklmnopqrstuv.voiceconnector.chime.aws SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK77asjd7f8a;rport',
  'Max-Forwards: 70',
  'From: "Alice" <sip:+12065550199@abcdefghijklmnopqrstuv.voiceconnector.chime.aws>;tag=8f2a7c',
  'To: <sip:+12065550100@abcdefghijklmnopqrstuv.voiceconnector.chime.aws>',
  'Call-ID: 3848276298220188511@192.0.2.7',
  'CSeq: 2 INVITE',
  'Contact: <sip:alice@192.0.2.7:5060;transport=udp>',
  'Proxy-Authorization: Digest username="user1x0", realm="abcdefghijklmnopqrstuv.voiceconnector.chime.aws", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:+12065550100@abcdefghijklmnopqrstuv.voiceconnector.chime.aws", response="6629fae49393a05397450978507c4ef1", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
  'User-Agent: bench',
  'Content-Type: application/sdp',
  `Content-Length: ${SDP.length}`,
  '',
  SDP,
].join('\r\n');
