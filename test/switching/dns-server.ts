/** A name server of one test: answers TXT questions as it is told to. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import packet from 'dns-packet';

/** The values of the TXT record; NXDOMAIN; SERVFAIL; REFUSED; or no answer at all. No value at all is NODATA. */
export type DnsAnswer = readonly string[] | 'absent' | 'fail' | 'refuse' | 'silent';

export interface DnsServer {
  /** `host:port` */
  readonly server: string;
  set(name: string, answer: DnsAnswer): void;
  /** Questions about the name that arrived since its answer was set. */
  asked(name: string): number;
  stop(): Promise<void>;
}

const codes = { fail: 2, absent: 3, refuse: 5 } as const;
const MOST_BYTES_IN_A_PART = 255;

export async function startDnsServer(host: string): Promise<DnsServer> {
  const answers = new Map<string, DnsAnswer>();
  const asked = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const query = packet.decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const answer = answers.get(question.name) ?? 'absent';
    asked.set(question.name, (asked.get(question.name) ?? 0) + 1);
    if (answer === 'silent') return;
    const code = typeof answer === 'string' ? codes[answer] : 0;
    const values = typeof answer === 'string' ? [] : answer;
    const response = packet.encode({
      type: 'response',
      id: query.id ?? 0,
      flags: packet.AUTHORITATIVE_ANSWER | packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | code,
      questions: [question],
      answers: values.map(value => ({ type: 'TXT', name: question.name, ttl: 1, data: partsOf(value) })),
    });
    socket.send(response, port, address);
  });
  socket.bind({ address: host, port: 0 });
  await once(socket, 'listening');
  return {
    server: `${host}:${socket.address().port}`,
    set: (name, answer) => {
      answers.set(name, answer);
      asked.delete(name);
    },
    asked: name => asked.get(name) ?? 0,
    stop: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function partsOf(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const count = Math.max(1, Math.ceil(bytes.length / MOST_BYTES_IN_A_PART));
  return Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * MOST_BYTES_IN_A_PART, (at + 1) * MOST_BYTES_IN_A_PART),
  );
}
