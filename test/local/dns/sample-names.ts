/** A small view of names for the tests of DNS: one zone, two load balancers, the record pointing at the first. */
import type { Names } from '../../../local/dns/names.ts';
import type { RecordSet } from '../../../local/dns/record-set.ts';

export const ZONE = 'orders.example.com';
export const RECORD = `kafka.${ZONE}`;
export const BLUE = 'kafka-orders-a-1.us-east-1.elb.amazonaws.com';
export const GREEN = 'kafka-orders-b-2.us-east-1.elb.amazonaws.com';
export const BLUE_ADDRESS = '127.102.200.1';
export const GREEN_ADDRESS = '127.102.200.2';

export function recordSet(name: string, type: string, ttlSeconds: number, ...values: string[]): RecordSet {
  return { name, type, ttlSeconds, values };
}

export function cname(target: string, ttlSeconds = 10): RecordSet {
  return recordSet(RECORD, 'CNAME', ttlSeconds, `${target}.`);
}

export function soa(ttlSeconds: number, minimumSeconds: number): RecordSet {
  return recordSet(ZONE, 'SOA', ttlSeconds, `ns.example.com. admin.example.com. 1 7200 900 1209600 ${minimumSeconds}`);
}

export function namesWith(...records: RecordSet[]): Names {
  return {
    zones: new Map([[ZONE, records]]),
    loadBalancers: new Map([
      [BLUE, BLUE_ADDRESS],
      [GREEN, GREEN_ADDRESS],
    ]),
  };
}
