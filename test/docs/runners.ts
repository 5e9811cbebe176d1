/**
 * Who runs the commands of the pages. A test that runs the very line, or its program and verb, is named by file and title; what no
 * test can run (it needs root, an account, a cluster or a container engine) says so, and what shows its effect instead.
 */

export interface Runner {
  /** Whether the test runs the command itself; else `why` it cannot, and the test shows what the command is for. */
  readonly runs: true | { readonly not: string };
  readonly file: string;
  readonly title: string;
  /** What the file has of the command: its verb, or the page whose lines it runs. */
  readonly mentions: string;
}

const run = (file: string, title: string, mentions: string): Runner => ({ runs: true, file, title, mentions });
const parsed = (not: string, file: string, title: string, mentions: string): Runner => ({
  runs: { not },
  file,
  title,
  mentions,
});

const FRONT_DOOR = 'test/e2e/front-door.server.test.ts';
const PACKAGES = 'test/packaging/packages.server.test.ts';
const POLICY = 'test/cloudformation/worker-policy.server.test.ts';
const DEPLOY = 'test/deploy/deploy.test.ts';
const DEMO = 'test/soak/demo.soak.ts';
const LOCAL = 'test/local/main.server.test.ts';

const frontDoor = (title: string, mentions: string) => run(FRONT_DOOR, title, mentions);
const alone = 'a start that waits shows what it waits for, is the only one, and ends with 3 when it is rejected';
const pasted = frontDoor(
  "the README's commands, pasted in their order, replace blue by green",
  "blockWith('README.md'",
);
const operators = (mentions: string) =>
  frontDoor("the pages' commands for Temporal's operators do what the pages say", mentions);

const published = run(
  PACKAGES,
  'is packed and installed by the commands of the page, and is then on the PATH',
  'installForAllUsers(',
);
const workerEnds = 'is a worker that starts, runs the workflows it was packed with, and ends when it is told to';

const AWS_ALONE = 'it is for an AWS account, by a program that set-up does not bring';
const POLICY_WORKS = 'may do every step of a deployment, forth and back, and has no right that none of them uses';
const policy = parsed(AWS_ALONE, POLICY, POLICY_WORKS, 'worker-rights.ts');

const ROOT = 'it changes the machine, and needs root';
const unit = (mentions: string) =>
  parsed(ROOT, DEPLOY, 'runs the installed command without root and without a way to get there', mentions);
const image = parsed(
  'it needs a container engine',
  DEPLOY,
  'runs the packed command as a user without rights, under an init that hands on the signal to end',
  'ENTRYPOINT',
);
const cluster = (title: string, mentions: string) => parsed('it needs a Kubernetes cluster', DEPLOY, title, mentions);

const TESTS_ITSELF = 'it runs the tests, or rewrites the tree';
const developers = (file: string, title: string, mentions: string) => parsed(TESTS_ITSELF, file, title, mentions);

/** By first words; the longest that a command begins with counts. */
export const RUNNERS: Readonly<Record<string, Runner>> = {
  'kafka-bluegreen plan': frontDoor('both plan without changing anything', "'plan'"),
  'kafka-bluegreen start': frontDoor(alone, "'start'"),
  'kafka-bluegreen status': frontDoor(alone, "'status'"),
  'kafka-bluegreen resume': frontDoor(alone, "'resume'"),
  'kafka-bluegreen waive': frontDoor(alone, "'waive'"),
  'kafka-bluegreen watch': frontDoor(alone, "'watch'"),
  'kafka-bluegreen approve': pasted,
  'kafka-bluegreen report': frontDoor('a run’s report comes as text, JSON, Markdown and one page', "'report'"),
  'kafka-bluegreen reject': frontDoor('what comes after the end is refused with the sentence', "'reject'"),
  'kafka-bluegreen rollback': frontDoor('what comes after the end is refused with the sentence', "'rollback'"),
  'kafka-bluegreen doctor': frontDoor(
    'doctor looks at everything through the worker, with and without a request',
    "'doctor'",
  ),
  'kafka-bluegreen worker': run(PACKAGES, workerEnds, "'worker'"),

  'temporal workflow execute --type PlanWorkflow': pasted,
  'temporal workflow start --type BlueGreenWorkflow': pasted,
  'temporal workflow metadata': pasted,
  'temporal workflow query --workflow-id kafka-bluegreen-orders --name status': pasted,
  'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name approve': pasted,
  'temporal workflow result': pasted,
  grep: pasted,
  sleep: pasted,
  'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name reject': frontDoor(
    alone,
    "readme('reject')",
  ),
  'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name rollback': frontDoor(
    "the README's rollback takes a run back in the middle of a step",
    "readme('rollback')",
  ),
  'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name waive': frontDoor(alone, "'waive'"),
  'temporal workflow execute --type DoctorWorkflow': operators("'DoctorWorkflow'"),
  'temporal workflow list': operators("'workflow list'"),
  'temporal workflow show': operators("'workflow show'"),
  'temporal workflow query --workflow-id kafka-bluegreen-orders --name ledger': operators("'--name ledger'"),
  'temporal workflow reset': run('test/soak/terminated.soak.ts', 'goes on by the printed commands', 'resetIn('),
  'temporal operator namespace create': frontDoor(
    "the pages' commands make a namespace with the retention and the search attributes that a run wants",
    "'namespace create'",
  ),
  'temporal operator search-attribute create': frontDoor(
    "the pages' commands make a namespace with the retention and the search attributes that a run wants",
    "'search-attribute create'",
  ),

  'npm run build': run(PACKAGES, 'what is packed', 'packAll('),
  'npm pack': published,
  'npm install --global': published,
  'npm install --prefix /opt/kafka-bluegreen': parsed(
    'it differs from the installation for all users by the folder alone',
    PACKAGES,
    'lacks no dependency, and none has another version than it declares',
    'installForAllUsers(',
  ),
  'npm run local': run(
    LOCAL,
    'gives a shell everything to ask Temporal with, in files that lead to the newest run',
    'local/main.ts',
  ),
  'npm run local -- status': run(LOCAL, 'says again what is where, and refuses what it does not know', "'status'"),
  'npm run local -- down': run(LOCAL, 'ends by command, and only logs stay', "'down'"),
  'source .local/env': run(
    LOCAL,
    'gives a shell everything to ask Temporal with, in files that lead to the newest run',
    "'env'",
  ),
  'npm run demo': run(
    DEMO,
    'the demo ends with blue gone, and the auditor finds nothing lost, doubled or reordered',
    'dist/demo/main.js',
  ),
  'npm run demo -- --scenario reject': run(DEMO, 'the demo of a rejection ends with green gone', "'reject'"),
  'npm run demo -- --scenario rollback-before-flip': run(
    DEMO,
    'the demo of a rollback before the flip ends with green gone',
    "'rollback-before-flip'",
  ),
  'npm run demo -- --scenario rollback-after-flip': run(
    DEMO,
    'the demo of a rollback after the flip ends with blue written again',
    "'rollback-after-flip'",
  ),
  'npm run demo -- --scenario drain-blocked': run(
    DEMO,
    'the demo of a blocked drain holds for the group by its name',
    "'drain-blocked'",
  ),
  'npm run demo -- --clients plain': run(DEMO, 'the demo with plain clients ends with', "'plain'"),
  'npm run demo -- --clients timer': run(DEMO, 'the demo with clients on a timer ends with', "'timer'"),

  'npm run demo -- --picture': parsed(
    'it rewrites a picture of the pages',
    'test/demo/options.test.ts',
    'name the file in which the picture is kept',
    '--picture',
  ),
  'npm run format': developers('test/setup/testing.test.ts', 'is of tests, not of suites', 'npm test'),
  'npm run verify': developers('test/setup/testing.test.ts', 'is of tests, not of suites', 'npm test'),
  'npm test': developers('test/setup/testing.test.ts', 'takes a path, a part of one, or a pattern', 'npm test'),
  'npm run histories': developers('test/workflows/replay.test.ts', 'there is one of every ending', 'histories'),
  'npm run soak': developers(
    'test/bench/guarantees.test.ts',
    'is the one that the kept results give, and names files that are there',
    'guarantees',
  ),
  'npm run soak -- demo': developers(
    'test/bench/soak-page.test.ts',
    'gives every run a row as wide as the heading, with what it lost',
    'soak-page',
  ),
  'npm run mutants': developers(
    'test/bench/mutants.test.ts',
    'is the one that the kept results give: every mutant was tried, and caught',
    'mutants',
  ),
  'npm run bench -- switching': developers(
    'test/bench/switching.test.ts',
    'has every figure in a table of even rows, and says that all aims are held',
    'switching',
  ),

  'kafka-configs.sh --bootstrap-server BLUE --alter': frontDoor(
    "the page's command takes fence and keep off a topic",
    "'kafka-configs.sh'",
  ),
  'kafka-acls.sh --bootstrap-server BROKER:9092 --add': run(
    'test/activities/rights.server.test.ts',
    'with users and ACLs, and misses no right',
    'allowAsThePageSays(',
  ),
  'kafka-acls.sh --bootstrap-server BLUE:9092 --add': parsed(
    'the test grants the same rights by the protocol, which takes no Java',
    'test/switching/login.server.test.ts',
    'a producer and a consumer log in over TLS on both clusters, cross, and are counted',
    'createAcls',
  ),
  'dig +short TXT _bluegreen.kafka.orders.example.com': parsed(
    'dig is not brought by set-up',
    'test/local/dns/resolver.server.test.ts',
    'an answer that does not fit a datagram comes over TCP, from the authority and through the cache',
    'resolveTxt',
  ),

  'aws cloudformation deploy': policy,
  'aws cloudformation describe-stacks': policy,
  'aws iam': policy,
  'aws ec2 associate-iam-instance-profile': policy,
  'docker build': image,
  'docker push': image,
  'docker run': image,
  'kubectl apply': cluster('is YAML of the five kinds that it takes', 'Deployment'),
  'kubectl -n kafka-bluegreen rollout': cluster(
    'runs two workers, of which one may go, without privilege',
    'Deployment',
  ),
  'kubectl -n kafka-bluegreen create secret generic': cluster(
    'names secrets and holds none, and the guide makes each that it names with every key',
    'create secret generic',
  ),
  useradd: unit('kafka-bluegreen'),
  install: unit('LoadCredential'),
  systemctl: unit('ExecStart'),
  journalctl: unit('ExecStart'),
};

/** The entry for this command; null when there is none. */
export function runnerOf(words: readonly string[]): (Runner & { readonly key: string }) | null {
  const line = `${words.join(' ')} `;
  const [key] = Object.keys(RUNNERS)
    .filter(known => line.startsWith(`${known} `))
    .toSorted((a, b) => b.length - a.length);
  const runner = key === undefined ? undefined : RUNNERS[key];
  return key === undefined || runner === undefined ? null : { ...runner, key };
}
