// DNS messages: a query and answers written out byte by byte, and broken ones.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DNS_A, DNS_AAAA, dns_addresses, dns_query } from '../../bindings/dns-message.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
// RFC 8484, 4.1.1: the query for www.example.com.
const QUERY = '0000 0100 0001 0000 0000 0000 03777777 07 6578616d706c65 03636f6d 00 0001 0001';
const ANSWER_HEAD =
  '0000 8180 0001 0002 0000 0000 03777777 07 6578616d706c65 03636f6d 00 0001 0001';
const CNAME = 'c00c 0005 0001 00000001 0004 01 78 c010';
const A = 'c00c 0001 0001 0000003c 0004 c0000201';

describe('DNS messages', () => {
  it('ask as RFC 8484 does in its example', () => {
    expect(Buffer.from(dns_query('www.example.com', DNS_A)).toString('hex')).toBe(
      QUERY.replaceAll(' ', ''),
    );
    expect(dns_query('a.', DNS_AAAA).at(-3)).toBe(DNS_AAAA);
    for (const name of [
      '',
      'a..b',
      'x'.repeat(64),
      'a b',
      `${'x'.repeat(60)}.`.repeat(5),
      'é.com',
    ]) {
      expect(() => dns_query(name, DNS_A)).toThrow(RangeError);
    }
  });

  it('give the addresses of an answer, other records apart', () => {
    expect(dns_addresses(hex(ANSWER_HEAD + CNAME + A), DNS_A)).toEqual(['192.0.2.1']);
    expect(dns_addresses(hex(ANSWER_HEAD + CNAME + A), DNS_AAAA)).toEqual([]);
    const aaaa = 'c00c 001c 0001 0000003c 0010 20010db8000000000000000000000001';
    expect(dns_addresses(hex(ANSWER_HEAD + CNAME + aaaa), DNS_AAAA)).toEqual([
      '2001:db8:0:0:0:0:0:1',
    ]);
    expect(dns_addresses(hex(ANSWER_HEAD.replace('8180', '8183')), DNS_A)).toBeUndefined();
  });

  it('are refused when broken, wherever, and never read outside', () => {
    const whole = hex(ANSWER_HEAD + CNAME + A);
    for (let cut = 0; cut < whole.length; cut++) {
      expect(() => dns_addresses(whole.subarray(0, cut), DNS_A)).toThrow(RangeError);
    }
    expect(() => dns_addresses(hex(QUERY), DNS_A)).toThrow(RangeError);
    expect(() => dns_addresses(hex(ANSWER_HEAD.replace('8180', '8182')), DNS_A)).toThrow(/code 2/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          dns_addresses(bytes, DNS_A);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
