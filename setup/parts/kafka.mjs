// @ts-check
// Kafka's jars, by Maven, each against the checked-in list of SHA-256: no jar more, none less, none other.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../files.mjs';
import { inSetup, kafkaLibs, tools } from '../paths.mjs';
import { freshLog, must } from '../run.mjs';
import { Trouble } from '../trouble.mjs';

/** @param {string} version */
const listFile = version => inSetup('kafka', `${version}.sha256`);

/** @param {string} version @returns {Map<string, string>} hash by jar */
function expectedJars(version) {
  const lines = readFileSync(listFile(version), 'utf8').trim().split('\n');
  return new Map(lines.map(line => [line.slice(66), line.slice(0, 64)]));
}

/** @param {string} folder @returns {string[]} */
function namesIn(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** @param {string} version @param {string} folder @returns {string[]} what is wrong, in words */
function differences(version, folder) {
  const expected = expectedJars(version);
  const seen = new Set(namesIn(folder));
  return [
    ...[...expected.keys()].filter(name => !seen.has(name)).map(name => `${name} is missing`),
    ...[...seen].filter(name => !expected.has(name)).map(name => `${name} is not on the list`),
    ...[...expected]
      .filter(([name, hash]) => seen.has(name) && sha256(join(folder, name)) !== hash)
      .map(([name]) => `${name} has another SHA-256`),
  ];
}

/**
 * @param {string} version
 * @param {readonly string[]} after Maven's repository is not made for two Mavens at once: one version after the other
 * @returns {import('../parts.mjs').Part}
 */
export const kafkaPart = (version, after) => ({
  name: `kafka-${version}`,
  what: `Kafka ${version} from Maven`,
  after,
  wanted: () => ({ list: sha256(listFile(version)) }),
  present: () => namesIn(kafkaLibs(version)).length === expectedJars(version).size,
  make: async () => {
    const libs = kafkaLibs(version);
    if (differences(version, libs).length === 0) return 'was there, verified';
    const incoming = join(tools, 'kafka', `incoming-${version}`);
    rmSync(incoming, { recursive: true, force: true });
    const profile = version.startsWith('4.') ? ['-Pkafka-4'] : [];
    const log = freshLog(join(tools, 'logs', `kafka-${version}.log`));
    await must(log, 'mvn', [
      '-B',
      '-q',
      '-f',
      inSetup('kafka', 'pom.xml'),
      `-Dkafka.version=${version}`,
      ...profile,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${incoming}`,
    ]);
    const wrong = differences(version, incoming);
    if (wrong.length > 0) {
      throw new Trouble(
        `the jars that Maven brought are not those of ${listFile(version)}: ${wrong.slice(0, 5).join(', ')}. ` +
          'If a jar in ~/.m2/repository is damaged, delete it there and run this again.',
      );
    }
    rmSync(libs, { recursive: true, force: true });
    mkdirSync(dirname(libs), { recursive: true });
    renameSync(incoming, libs);
    return `${expectedJars(version).size} jars verified`;
  },
});
