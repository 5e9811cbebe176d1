/** Faults of names: the name server fails around the flip, or what it answers cannot be followed. */
import assert from 'node:assert/strict';
import type { DnsAnswer } from '../dns-server.ts';
import { eventually } from '../eventually.ts';
import { type FaultCase, inScene, lasts } from './case.ts';
import type { Scene, Told, World } from './scene.ts';

const LOOKS = 4;
const LOOKED_WITHIN_MS = 60_000;

interface Wrong {
  readonly fault: string;
  readonly answer: (scene: Scene) => DnsAnswer;
  readonly told: Pick<Told, 'event'> & { readonly reason: RegExp };
  readonly brief?: true;
}

const gone: Wrong['told'] = { event: 'stayed', reason: /^the signpost of epoch \d+ is gone$/ };

/** What is wrong around the flip, for as long as the outage lasts. */
const outages: readonly Wrong[] = [
  { fault: 'SERVFAIL', answer: () => 'fail', told: { event: 'stayed', reason: /failed with ESERVFAIL$/ } },
  { fault: 'REFUSED', answer: () => 'refuse', told: { event: 'stayed', reason: /failed with EREFUSED$/ } },
  { fault: 'NXDOMAIN', answer: () => 'absent', told: gone },
  { fault: 'nothing', answer: () => 'silent', told: { event: 'stayed', reason: /failed with ETIMEOUT$/ }, brief: true },
];

const signposts: readonly Wrong[] = [
  {
    fault: 'is malformed',
    answer: scene => [scene.signpost('green').replace('write=', 'writes=')],
    told: { event: 'stayed', reason: /does not say write$/ },
  },
  {
    fault: 'is older than one seen before',
    answer: scene => [scene.signpost('green', { epoch: 1n })],
    told: { event: 'stayed', reason: /^the signpost of epoch 1 is older than epoch \d+, seen before$/ },
  },
  {
    fault: 'has another content in the same epoch',
    answer: scene => [scene.signpost('green', { epoch: scene.epoch })],
    told: { event: 'alarm', reason: /^the signpost of epoch \d+ has two contents$/ },
  },
  {
    fault: 'has two values',
    answer: scene => [scene.signpost('blue'), scene.signpost('green')],
    told: { event: 'alarm', reason: /^the signpost has 2 values; it must have one$/ },
  },
  {
    fault: 'gives an address at which another cluster answers',
    answer: scene => {
      const { blue, green } = scene.world;
      return [scene.signpost('green').replace(green.proxy.bootstrap, blue.proxy.bootstrap.split(',')[0] ?? '')];
    },
    brief: true,
    told: { event: 'alarm', reason: /^at \S+ cluster \S+ answers, where the signpost of epoch \d+ says / },
  },
  { fault: 'has vanished', answer: () => [], told: gone },
];

/** What it told is exactly this, once; blue goes on taking records; then the right signpost is followed. */
async function staysUntilItIsRight(
  scene: Scene,
  { answer, told }: Omit<Wrong, 'fault'>,
  lastsMs: number,
): Promise<void> {
  await scene.start();
  scene.say(answer(scene));
  await eventually('it says that it stays', () => scene.count('stayed') + scene.count('alarm') > 0, LOOKED_WITHIN_MS);
  await lasts(lastsMs, () => assert.equal(scene.count('switching'), 0));
  await eventually('it looked several times', () => scene.looks >= LOOKS, LOOKED_WITHIN_MS);
  await scene.flows();
  assertToldOnce(scene, told);
  scene.flip('green');
  await scene.switched(1);
  await scene.flows();
  assertToldOnce(scene, told);
  await scene.assertClean();
}

function assertToldOnce(scene: Scene, { event, reason }: Wrong['told']): void {
  const said = scene.told.filter(one => one.event === 'stayed' || one.event === 'alarm');
  assert.equal(said.length, 1, JSON.stringify(said));
  assert.equal(said[0]?.event, event, said[0]?.text);
  assert.match(said[0]?.text ?? '', reason);
}

const outageCases: readonly FaultCase[] = outages.map(({ fault, answer, told, ...brief }) => ({
  ...brief,
  fault: `DNS answers ${fault} around the flip`,
  title: 'stays on blue, says so once, and goes over when the name is answered again',
  run: inScene((scene, { outageMs }) => staysUntilItIsRight(scene, { answer, told }, outageMs)),
}));

const noSignpost: FaultCase = {
  fault: 'there is no signpost from the start',
  brief: true,
  title: 'writes to the cluster behind the record, says so once, and follows the first signpost',
  run: inScene(
    async scene => {
      scene.say('absent');
      await scene.start({ port: Number(behindTheRecord(scene.world).port) });
      await eventually('it looked several times', () => scene.looks >= LOOKS, LOOKED_WITHIN_MS);
      scene.flip('green');
      await scene.switched(1);
      await scene.flows();
      assertToldOnce(scene, { event: 'stayed', reason: /^there is no signpost for \S+: the record itself is used$/ });
      await scene.assertClean();
    },
    world => behindTheRecord(world).host,
  ),
};

function behindTheRecord({ blue }: World): { host: string; port: string } {
  const [host = '', port = ''] = (blue.proxy.bootstrap.split(',')[0] ?? '').split(':');
  return { host, port };
}

export const nameCases: readonly FaultCase[] = [
  ...outageCases,
  ...signposts.map(({ fault, answer, told, ...brief }) => ({
    ...brief,
    fault: `the signpost ${fault}`,
    title: 'stays on blue, says so once, and goes over when the signpost is right again',
    run: inScene(scene => staysUntilItIsRight(scene, { answer, told }, 0)),
  })),
  noSignpost,
];
