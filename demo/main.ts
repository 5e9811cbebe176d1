/**
 * `npm run demo`: a Kafka cluster replaced under live traffic, judged by an auditor that does not trust us. Exits 0 only when the
 * run ended as the scenario says and everything holds that this ending promises; 2 for options that it does not know.
 */
import { parseOptions } from './options.ts';
import { runDemo, type Stage } from './run.ts';
import { Screen } from './screen.ts';
import { why } from './why.ts';

const stage: Stage = { screen: new Screen(process.stdout), cleanups: [] };

async function interruption(): Promise<number> {
  const signal = await new Promise<NodeJS.Signals>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
  stage.screen.say(`${signal}: ending everything`);
  return signal === 'SIGINT' ? 130 : 143;
}

async function exitCode(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === 'refused') {
    process.stderr.write(`${parsed.sentence}\n`);
    return 2;
  }
  try {
    return await Promise.race([runDemo(parsed.options, stage), interruption()]);
  } catch (error) {
    stage.screen.say(`✗ ${why(error)}`);
    return 1;
  }
}

const code = await exitCode();
stage.screen.rest();
for (const cleanup of stage.cleanups.toReversed())
  await cleanup().catch((error: unknown) => stage.screen.say(why(error)));
process.exit(code);
