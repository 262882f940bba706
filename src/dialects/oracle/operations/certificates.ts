import { X509Certificate } from 'node:crypto';
import { makeRequest, readCertificates, withCertificates, withRequestKey } from '../certificates.ts';
import { documentKey, elementId, put, toElement } from '../documents.ts';
import type { Element } from '../element.ts';
import { certificateRecord } from '../element-types/certificates.ts';
import { badRequest, notFound } from '../errors.ts';
import { change, parameter, type Answer, type Call, type Operation } from '../operation.ts';
import type { View } from '../../../ledger/mutate.ts';
import { readXml, textOf, type XmlNode } from '../xml.ts';

const PATH = '/configuration/certificates';

async function generateRequest(call: Call): Promise<Answer> {
  const name = parameter(call, 'recordName');
  const { request, key } = await makeRequest(await findRecord(call.service.ledger, name));
  await change(call, 'generateCertificateRequest', async (view) => {
    const record = withRequestKey(await findRecord(view, name), key, call.service.sealer);
    return { writes: [put('editing', record, certificateRecord)], result: undefined };
  });
  return { status: 200, data: { CertificateRequest: [{ recordName: [name], certificateSignedRequest: [request] }] } };
}

async function importCertificate(call: Call): Promise<Answer> {
  const { service } = call;
  const node = readXml(call.body, 'ImportCertificate');
  const name = memberOf(node, 'recordName');
  const given = await readCertificates(memberOf(node, 'certificateRequest'), formatOf(memberOf(node, 'format')));
  const overwrite = textOf(node, 'overwrite')?.toLowerCase() === 'true';
  await change(call, 'importCertificate', async (view) => {
    const record = await findRecord(view, name);
    if ((record.certificate?.chain.length ?? 0) > 0 && !overwrite)
      throw badRequest(`certificate-record ${name} holds a certificate already: overwrite must be true to replace it`);
    const changed = withCertificates(record, given, service.sealer, service.clock.now());
    return { writes: [put('editing', changed, certificateRecord)], result: undefined };
  });
  return { status: 200, data: { certificateRecord: [name] } };
}

async function getCertificate(call: Call): Promise<Answer> {
  const name = parameter(call, 'recordName');
  const format = parameter(call, 'format');
  if (format !== 'detail' && format !== 'pem') throw notFound('format must be detail or pem');
  const { certificate } = await findRecord(call.service.ledger, name);
  const chain = certificate?.chain ?? [];
  if (chain.length === 0) throw notFound(`No certificate was imported for certificate-record ${name}`);
  const data = format === 'pem' ? [...chain] : chain.map(detailOf);
  return { status: 200, data: { CertificateRecordDetails: [{ certificateRecord: [name], data }] } };
}

function detailOf(pem: string): XmlNode {
  const { subject, issuer, serialNumber, validFromDate, validToDate, subjectAltName } = new X509Certificate(pem);
  return {
    serialNumber: [serialNumber],
    issuer: [issuer.replaceAll('\n', ', ')],
    subject: [subject.replaceAll('\n', ', ')],
    validity: [{ notBefore: [validFromDate.toISOString()], notAfter: [validToDate.toISOString()] }],
    x509V3Extensions: [subjectAltName === undefined ? '' : `X509v3 Subject Alternative Name: ${subjectAltName}`],
  };
}

async function findRecord(view: Pick<View, 'get'>, name: string): Promise<Element> {
  const wanted: Element = { type: certificateRecord.name, attributes: { name: [name] }, subElements: [] };
  const found = await view.get(documentKey('editing', elementId(wanted, certificateRecord)));
  if (!found) throw notFound(`There is no certificate-record ${name.slice(0, 60)}`);
  return toElement(found);
}

function memberOf(node: XmlNode, name: string): string {
  const value = textOf(node, name);
  if (!value) throw badRequest(`${name} is missing`);
  return value;
}

function formatOf(text: string): 'x509' | 'pkcs7' | 'any' {
  const format = text.toLowerCase();
  if (format === 'x509' || format === 'pkcs7') return format;
  if (format === 'try-all') return 'any';
  throw badRequest('format must be x509, pkcs7 or try-all');
}

/** Certificates of records, for TLS (reference §3). */
export const CERTIFICATES: readonly Operation[] = [
  {
    method: 'PUT',
    path: `${PATH}/generateRequest`,
    name: 'generateCertificateRequest',
    lock: true,
    admin: true,
    handle: generateRequest,
  },
  {
    method: 'PUT',
    path: `${PATH}/import`,
    name: 'importCertificate',
    lock: true,
    admin: true,
    handle: importCertificate,
  },
  { method: 'GET', path: PATH, name: 'getCertificate', lock: false, admin: false, handle: getCertificate },
];
