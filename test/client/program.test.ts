import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { run } from '../../client/program.ts';
import { fakeTemporal } from './fake-temporal.ts';

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function said(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    environment,
  });
  return { code, out, err };
}

describe('what nobody can use is said in one sentence', () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of ['TEMPORAL_PROFILE', 'TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_CONFIG_FILE'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
  });

  test('a profile that there is not, a certificate that cannot be read, a file that is no TOML', async () => {
    const settings = {
      TEMPORAL_PROFILE: 'absent',
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/tls.crt',
      TEMPORAL_CONFIG_FILE: import.meta.filename,
    };
    for (const [name, value] of Object.entries(settings)) {
      process.env[name] = value;
      const { code, err } = await said({}, 'status', 'orders');
      delete process.env[name];
      assert.match(err, /^The settings for Temporal cannot be used: .*\. Check TEMPORAL_PROFILE, .*\n$/, name);
      assert.equal(code, 2, name);
    }
  });

  test('a key that Temporal does not take, with what it said, whichever call it refuses', async () => {
    for (const refused of ['GetSystemInfo', 'DescribeWorkflowExecution']) {
      await using temporal = await fakeTemporal(method =>
        method === refused ? { code: 16, message: 'Jwt is expired.' } : 'empty',
      );
      const { code, err } = await said({}, '--address', temporal.address, 'status', 'orders');
      assert.match(
        err,
        /^Temporal at \S+ does not let us into namespace default\. Set TEMPORAL_API_KEY .* It said: Jwt is expired\.\n$/,
      );
      assert.equal(code, 6);
    }
  });

  test('whatever was not foreseen, with how to get its stack, and an exit code that is no verdict on a deployment', async () => {
    await using temporal = await fakeTemporal(method =>
      method === 'GetSystemInfo' ? 'empty' : { code: 3, message: 'a cat sat on it' },
    );
    const args = ['--address', temporal.address, 'status', 'orders'];
    const { code, err } = await said({}, ...args);
    assert.match(err, /^The command failed for a reason .*: a cat sat on it\. .*KAFKA_BLUEGREEN_LOG_LEVEL=debug.*\n$/);
    assert.equal(code, 7);
    const debugged = await said({ KAFKA_BLUEGREEN_LOG_LEVEL: 'debug' }, ...args);
    assert.match(debugged.err, /\n +at .*\n/);
  });
});

describe('the command line', () => {
  test('says its version, and how often it looks as a duration', async () => {
    assert.match((await said({}, '--version')).out, /^\d+\.\d+\.\d+\n$/);
    assert.match((await said({}, 'watch', '--help')).out, /--every <duration> +how often to look \(default: 2s\)/);
  });

  test('that cannot be read is refused with the usage of its verb', async () => {
    const { code, err } = await said({}, 'approve', '--gate', 'flip');
    assert.equal(code, 2);
    assert.match(
      err,
      /missing required argument 'cluster'\nUsage: kafka-bluegreen approve \[options\] <cluster>; each option/,
    );
  });

  test('may not have options of a start that waits when it does not wait', async () => {
    const { code, err } = await said({}, 'start', 'request.yaml', '--until', 'waiting', '--every', '1s');
    assert.equal(code, 2);
    assert.match(err, /^error: --until and --every of start count with --wait only\. Add --wait/);
  });
});
