import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Signpost } from '../../switching/src/signpost.ts';
import { movement, type SeenTicket, whereToRead } from '../../switching/src/where-to-read.ts';

const RUN = '0123456789ab';
const addresses = new Map([
  ['blue', 'blue.example.com:9092'],
  ['green', 'green.example.com:9092'],
]);
const post = (write: string, read: string, drain: string | null, by: string | null): Signpost => ({
  epoch: 7n,
  by,
  write: write === 'hold' ? { kind: 'hold' } : { kind: 'cluster', id: write },
  read,
  drain,
  addresses,
});
const rows = {
  provision: post('blue', 'blue', null, RUN),
  flip: post('green', 'blue', null, RUN),
  'last group drained': post('green', 'green', 'blue', RUN),
  'blue deleted': post('green', 'green', null, null),
  'rolled back': post('blue', 'blue', null, null),
  'rolling back': post('hold', 'blue', null, RUN),
} as const;

const ticket = (state: 'held' | 'released', deployment = RUN): SeenTicket => ({
  kind: 'ticket',
  ticket: { deployment, state },
});
const tickets = {
  none: { kind: 'none' },
  held: ticket('held'),
  released: ticket('released'),
  "another run's held": ticket('held', 'ffffffffffff'),
  "another run's released": ticket('released', 'ffffffffffff'),
  malformed: { kind: 'malformed', reason: 'its version is not 1' },
  unreadable: { kind: 'unreadable', reason: 'nobody answered' },
} as const satisfies Record<string, SeenTicket>;

type Place = 'blue' | 'green' | 'undecided';
const always = (place: Place) => Object.fromEntries(Object.keys(tickets).map(name => [name, place]));
const expected: Record<keyof typeof rows, Readonly<Record<string, Place>>> = {
  provision: always('blue'),
  flip: {
    none: 'blue',
    held: 'blue',
    released: 'green',
    "another run's held": 'blue',
    "another run's released": 'blue',
    malformed: 'undecided',
    unreadable: 'undecided',
  },
  'last group drained': {
    none: 'green',
    held: 'blue',
    released: 'green',
    "another run's held": 'blue',
    "another run's released": 'green',
    malformed: 'undecided',
    unreadable: 'undecided',
  },
  'blue deleted': always('green'),
  'rolled back': always('blue'),
  'rolling back': always('blue'),
};

describe('where to read', () => {
  for (const [row, signpost] of Object.entries(rows) as [keyof typeof rows, Signpost][])
    for (const [name, seen] of Object.entries(tickets))
      it(`is ${expected[row][name]} at "${row}" with the ticket ${name}`, () => {
        const place = whereToRead(signpost, seen);
        assert.equal(place.kind === 'cluster' ? place.id : place.kind, expected[row][name]);
      });

  it('names the cluster whose ticket leaves it undecided, and why', () => {
    const place = whereToRead(rows.flip, tickets.unreadable);
    assert.match(place.kind === 'undecided' ? place.reason : '', /cluster green .*nobody answered/);
  });

  it('has groups moving only between flip and the end of blue', () => {
    assert.deepEqual(
      Object.entries(rows).flatMap(([row, signpost]) => (movement(signpost) === null ? [] : [row])),
      ['flip', 'last group drained'],
    );
    assert.deepEqual(movement(rows['last group drained']), { from: 'blue', to: 'green' });
  });
});
